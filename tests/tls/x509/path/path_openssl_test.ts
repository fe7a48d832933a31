/** What `openssl req -x509` makes is trusted as itself by the store that it is put into, as in curl and Go. */

import { assertEquals } from "@std/assert";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { run as runScript } from "../../../../io/script.ts";
import { decodePemBlock, readPemBlocks } from "../../../../io/pem.ts";
import { readPresented } from "../../../../tls/x509/presented_certificate.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { CertificateVerifier } from "../../../../tls/x509/verifier.ts";
import { installed } from "../../../support/process.ts";
import { run } from "../../../support/run.ts";

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const SAN = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];

/** A self-signed certificate, PEM. */
async function selfSigned(...args: readonly string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const { stdout, stderr, code } = await run("openssl", [
      ...["req", "-x509", "-nodes", "-days", "2", "-keyout", "/dev/null"],
      ...args,
    ], { cwd: folder });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROWS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly server: string;
  readonly client: string;
}[] = [
  {
    name: "with its defaults (CA:TRUE)",
    args: [...EC, "-subj", "/CN=localhost", ...SAN],
    server: "accepted",
    client: "accepted",
  },
  {
    name: "of RSA",
    args: ["-newkey", "rsa:2048", "-subj", "/CN=localhost", ...SAN],
    server: "accepted",
    client: "accepted",
  },
  {
    name: "with CA:FALSE",
    args: [...EC, "-subj", "/CN=localhost", ...SAN, "-addext", "basicConstraints=critical,CA:FALSE"],
    server: "accepted",
    client: "accepted",
  },
  {
    name: "with serial number 0",
    args: [...EC, "-subj", "/CN=localhost", ...SAN, "-set_serial", "0"],
    server: "accepted",
    client: "accepted",
  },
  { name: "without a subject", args: [...EC, "-subj", "/", ...SAN], server: "accepted", client: "accepted" },
  {
    name: "with CA:TRUE and digitalSignature",
    args: [...EC, "-subj", "/CN=localhost", ...SAN, "-addext", "keyUsage=digitalSignature"],
    server: "accepted",
    client: "accepted",
  },
  {
    name: "without a subjectAltName",
    args: [...EC, "-subj", "/CN=localhost"],
    server: "not_valid_for_name",
    client: "accepted",
  },
  {
    name: "for another name",
    args: [...EC, "-subj", "/CN=a", "-addext", "subjectAltName=DNS:other.test"],
    server: "not_valid_for_name",
    client: "accepted",
  },
  {
    name: "for servers alone",
    args: [...EC, "-subj", "/CN=a", ...SAN, "-addext", "extendedKeyUsage=serverAuth"],
    server: "accepted",
    client: "required_extended_key_usage_missing",
  },
  {
    name: "for clients alone",
    args: [...EC, "-subj", "/CN=a", ...SAN, "-addext", "extendedKeyUsage=clientAuth"],
    server: "required_extended_key_usage_missing",
    client: "accepted",
  },
  {
    name: "whose key may sign certificates alone",
    args: [...EC, "-subj", "/CN=a", ...SAN, "-addext", "keyUsage=keyCertSign"],
    server: "digital_signature_not_allowed",
    client: "digital_signature_not_allowed",
  },
  {
    name: "with a key that is too short",
    args: ["-newkey", "rsa:1024", "-subj", "/CN=a", ...SAN],
    server: "weak_public_key",
    client: "weak_public_key",
  },
];

const missing = installed("openssl") ? "" : " (needs openssl)";

for (const { name, args, server, client } of ROWS) {
  Deno.test({
    name:
      `CertificateVerifier: a certificate of openssl ${name} among the roots: ${server}, ${client}${missing}`,
    ignore: missing !== "",
    async fn() {
      const pem = await selfSigned(...args);
      const [endEntity] = readPemBlocks(pem).map((block) => readPresented(decodePemBlock(block)));
      if (endEntity === undefined) throw new Error("no certificate");
      const verifier = new CertificateVerifier({ provider: nodeCrypto(), roots: RootCertStore.fromPem(pem) });
      const chain = { endEntity, intermediates: [], time: new Date() };
      const serverName = { kind: "dns", name: "localhost" } as const;
      assertEquals(await codeOf(() => runScript(verifier.verifyServer({ ...chain, serverName }))), server);
      assertEquals(await codeOf(() => runScript(verifier.verifyClient(chain))), client);
    },
  });
}

async function codeOf(verify: () => unknown): Promise<string> {
  try {
    await verify();
    return "accepted";
  } catch (error) {
    if (error instanceof TlsError && error.certificate !== undefined) return error.certificate.code;
    throw error;
  }
}
