/** Encrypted ClientHello and HPKE with Go's standard library, in both roles. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { run } from "../../../io/script.ts";
import { TlsAcceptor } from "../../../tls/acceptor.ts";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsConnector } from "../../../tls/connector.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { generateEchKey } from "../../../tls/ech/generate_ech_key.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { hpkeKem, hpkeSuite } from "../../../tls/hpke/algorithms.ts";
import { setupBaseRecipient } from "../../../tls/hpke/hpke_context.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { pathOf } from "../../support/checkout.ts";
import { installed, Program } from "../../support/process.ts";

const SECRET_NAME = "secret.example";
const KEMS = [0x10, 0x11, 0x12, 0x20] as const;

/** Whether there is a Go that has HPKE. */
const ignore = !installed("go") || !hasHpke(await output("go", ["version"]));

function hasHpke(version: string): boolean {
  const [, minor = "0"] = /go1\.([0-9]+)/.exec(version) ?? [];
  return Number(minor) >= 26;
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A folder with the program and a certificate for both names. */
class Peer implements AsyncDisposable {
  readonly #folder: string;
  readonly program: string;
  readonly roots: RootCertStore;
  readonly identity: { readonly chain: string; readonly key: string };

  private constructor(folder: string, roots: RootCertStore, identity: { chain: string; key: string }) {
    this.#folder = folder;
    this.program = `${folder}/peer`;
    this.roots = roots;
    this.identity = identity;
  }

  static async make(): Promise<Peer> {
    const folder = await Deno.makeTempDir({ prefix: "ductile-ech-" });
    const authority = await mintAuthority();
    const { chainPem, keyPem } = await mintCertificate(authority, { names: [SECRET_NAME, "public.example"] });
    await Deno.writeTextFile(`${folder}/roots.pem`, authority.certPem);
    await Deno.writeTextFile(`${folder}/chain.pem`, chainPem);
    await Deno.writeTextFile(`${folder}/key.pem`, keyPem);
    const source = pathOf(new URL("go_peer.go", import.meta.url));
    await output("go", ["build", "-o", `${folder}/peer`, source]);
    return new Peer(folder, RootCertStore.fromPem(authority.certPem), { chain: chainPem, key: keyPem });
  }

  /** A server of Go, with its port and its ECHConfigList. */
  async serve(kem: number, ...more: string[]) {
    const folder = this.#folder;
    const [chain, key] = [`${folder}/chain.pem`, `${folder}/key.pem`];
    const program = await Program.start({
      command: [this.program, "server", "127.0.0.1:0", chain, key, `${kem}`, ...more],
      cwd: folder,
      ready: (text) => text.includes("\n"),
    });
    const [address = "", list = ""] = program.output.trim().split(" ");
    return {
      port: Number(address.split(":")[1]),
      configs: decodeHex(list),
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
  }

  /** What a client of Go says of its connections. */
  connect(port: number, list: Uint8Array): Promise<string> {
    const roots = `${this.#folder}/roots.pem`;
    return output(this.program, ["client", `127.0.0.1:${port}`, roots, SECRET_NAME, encodeHex(list)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Two connections, of which the second resumes; what the server says of each. */
async function twice(port: number, options: ClientConfigOptions): Promise<string[]> {
  const connector = new TlsConnector({ alpnProtocols: ["echo"], ...options });
  const said: string[] = [];
  for (const _ of [1, 2]) {
    await using stream = await connector.connect(SECRET_NAME, await Deno.connect({ port }));
    const into = new Uint8Array(1024);
    const count = await stream.read(into) ?? 0;
    const { ech, resumed } = stream.connection;
    said.push(`${ech}, resumed ${resumed}: ${new TextDecoder().decode(into.subarray(0, count))}`);
    // The tickets come before the answer.
    await stream.write(new TextEncoder().encode("echo"));
    assertEquals(await stream.read(into), 4);
  }
  return said;
}

function said(ech: "accepted" | "grease"): string[] {
  return [false, true].map((resumed) =>
    `${ech}, resumed ${resumed}: accepted ${ech === "accepted"}, name ${SECRET_NAME}, resumed ${resumed}\n`
  );
}

Deno.test({
  name: "ECH: a server of Go accepts, rejects and resumes, with every KEM and through a HelloRetryRequest",
  ignore,
  async fn() {
    await using peer = await Peer.make();
    const { roots } = peer;
    const other = await generateEchKey("public.example", { configId: 7 });
    for (const [kem, ...more] of [...KEMS.map((kem) => [kem] as const), [0x20, "retry"] as const]) {
      await using server = await peer.serve(kem, ...more);
      const { port, configs } = server;
      assertEquals(await twice(port, { roots, ech: { configs } }), said("accepted"));
      assertEquals(await twice(port, { roots, ech: "grease" }), said("grease"));
      const rejected = await assertRejects(
        () => twice(port, { roots, ech: { configs: other.configList } }),
        TlsError,
      );
      assertEquals(rejected.code, "ech_rejected");
      assertEquals(rejected.retryConfigs, configs);
    }
  },
});

Deno.test({
  name:
    "ECH: a client of Go is accepted, rejected and resumed, with both kinds of key and through a HelloRetryRequest",
  ignore,
  async fn() {
    await using peer = await Peer.make();
    for (const options of [{}, { groups: ["secp521r1"] }] as const) {
      for (const group of ["x25519", "secp256r1"] as const) {
        const { configList, ...key } = await generateEchKey("public.example", { group, configId: 7 });
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const serving = greet(listener, 3, { ...options, identity: peer.identity, echKeys: [key] });
        const { port } = listener.addr;
        const lines = (await peer.connect(port, configList)).trim().split("\n").filter((line) => line !== "");
        assertMatch(lines[0] ?? "", /^accepted true, resumed false: accepted secret\.example/);
        assertMatch(lines[1] ?? "", /^accepted true, resumed true: accepted secret\.example/);
        const other = await generateEchKey("public.example", { configId: 7 });
        const rejected = await peer.connect(port, other.configList);
        assertEquals(rejected.trim(), `rejected ${encodeHex(configList)}`);
        await serving;
      }
    }
  },
});

/** Serves some connections: says what became of ECH, and waits for the end. */
async function greet(listener: Deno.Listener, count: number, options: ServerConfigOptions): Promise<void> {
  const acceptor = new TlsAcceptor(options);
  for (let i = 0; i < count; i++) {
    const stream = await acceptor.accept(await listener.accept());
    const { ech, serverName } = stream.connection;
    await stream.write(new TextEncoder().encode(`${ech} ${serverName}`));
    // A client that was rejected sends an alert in place of close_notify.
    await stream.read(new Uint8Array(1)).catch(() => {});
    await Promise.resolve(stream.close()).catch(() => {});
  }
}

Deno.test({
  name: "HPKE: what Go seals is opened, with every KEM, KDF and AEAD",
  ignore,
  async fn() {
    await using peer = await Peer.make();
    const provider = nodeCrypto();
    const text = new TextEncoder();
    for (const id of KEMS) {
      const kem = hpkeKem(provider, id);
      assert(kem !== undefined);
      const key = await kem.group.start();
      for (const [kdf, aead] of [1, 2, 3].flatMap((kdf) => [1, 2, 3].map((aead) => [kdf, aead] as const))) {
        const args = [id, kdf, aead].map(String);
        const sealed = await output(peer.program, [
          "seal",
          ...args,
          encodeHex(key.publicKey),
          "info",
          "aad",
          "text",
        ]);
        const [enc = "", first = "", second = ""] = sealed.trim().split(" ");
        const suite = hpkeSuite(provider, kem, kdf, aead);
        assert(suite !== undefined);
        const context = await run(
          setupBaseRecipient(provider, suite, decodeHex(enc), key, text.encode("info")),
        );
        assert(context !== null);
        for (const ciphertext of [first, second]) {
          assertEquals(
            await run(context.open(text.encode("aad"), decodeHex(ciphertext))),
            text.encode("text"),
          );
        }
      }
    }
  },
});
