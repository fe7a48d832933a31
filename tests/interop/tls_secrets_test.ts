/** Secrets that both ends must have alike, and what a server staples: key logs, exporters, OCSP. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { type CipherSuiteName, keyLogWriter, type TlsConnectionInfo } from "../../tls/mod.ts";
import { installed, startGnutls, startOpenssl } from "../support/peers.ts";
import { eventually } from "../support/eventually.ts";
import { connectorTo, dial, hear, talk } from "./tls_client.ts";
import { folderWith, runProgram, sClient } from "./tls_program.ts";
import { echoOneLine, serve } from "./tls_server.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { VERSIONS } from "./tls_names.ts";
import { node, openssl, VISITS } from "./tls_peers.ts";

const p256 = await mintIdentity("p256");

/** The lines that say something, in one order. */
function linesOf(log: string): string[] {
  return log.split("\n").filter((line) => line !== "" && !line.startsWith("#")).sort();
}

const TLS13_LABELS = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "EXPORTER_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_TRAFFIC_SECRET_0",
];

/** Suites of both versions and hashes, with what is logged of them. */
const LOGGED: readonly (readonly [suite: CipherSuiteName, labels: string[]])[] = [
  ["TLS_AES_128_GCM_SHA256", TLS13_LABELS],
  ["TLS_AES_256_GCM_SHA384", TLS13_LABELS],
  ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ["CLIENT_RANDOM"]],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", ["CLIENT_RANDOM"]],
];

for (const [suite, labels] of LOGGED) {
  Deno.test({
    name: `Ductile's client and openssl s_server log the same secrets (${suite})`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = await startOpenssl({ certificate: p256, args: ["-rev", "-keylogfile", "keys"] });
      let ours = "";
      const keyLog = keyLogWriter((line) => ours += line);
      await using stream = await dial(server.port, connectorTo({ keyLog, cipherSuites: [suite] }));
      await talk(stream, "ductile\n");
      const theirs = await Deno.readTextFile(`${server.folder}/keys`);
      assertEquals(linesOf(ours), linesOf(theirs));
      assertEquals(linesOf(ours).map((line) => line.split(" ")[0]), labels);
    },
  });

  Deno.test({
    name: `openssl s_client and Ductile's server log the same secrets (${suite})`,
    ignore: !installed("openssl"),
    async fn() {
      let ours = "";
      const keyLog = keyLogWriter((line) => ours += line);
      const config = { identity: identityOf(p256), keyLog, cipherSuites: [suite] };
      await using server = serve(config, echoOneLine);
      await using folder = await folderWith();
      const command = sClient(server.port, "-keylogfile", "keys");
      await runProgram(command, { cwd: folder.path, input: "ductile\n" });
      const theirs = await Deno.readTextFile(`${folder.path}/keys`);
      assertEquals(linesOf(ours), linesOf(theirs));
      assertEquals(linesOf(ours).map((line) => line.split(" ")[0]), labels);
    },
  });
}

const LABEL = "EXPERIMENTAL-ductile";

/** What a peer writes of its keying material, in lower case. */
function materialIn(output: string): string | undefined {
  return /(?:Keying material|Key material): *([0-9a-f]+)/i.exec(output)?.[1]?.toLowerCase();
}

for (const version of VERSIONS) {
  Deno.test({
    name: `${version}: Ductile's client and openssl s_server export the same keying material`,
    ignore: !installed("openssl"),
    async fn() {
      const args = ["-keymatexport", LABEL, "-keymatexportlen", "48"];
      await using server = await startOpenssl({ certificate: p256, args });
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      await eventually("the server shows its material", () => materialIn(server.output)?.length === 96);
      assertEquals(
        encodeHex(await stream.connection.exportKeyingMaterial(48, LABEL)),
        materialIn(server.output),
      );
    },
  });

  Deno.test({
    name: `${version}: Ductile's client and gnutls-serv export the same keying material`,
    ignore: !installed("gnutls-serv"),
    async fn() {
      const args = ["--disable-client-cert", `--keymatexport=${LABEL}`, "--keymatexportsize=48"];
      await using server = await startGnutls({ certificate: p256, args });
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      await talk(stream, "ductile\n");
      const ours = encodeHex(await stream.connection.exportKeyingMaterial(48, LABEL));
      await server.stop(); // it writes when its buffer is full, or it ends
      assertEquals(ours, materialIn(server.output));
    },
  });

  Deno.test({
    name:
      `${version}: Ductile's client and Node's tls.createServer export the same keying material, with a context and without`,
    ignore: !installed("node"),
    async fn() {
      const more = `
      server.on("secureConnection", (socket) => {
        const context = Buffer.from("a context");
        console.log("bare", socket.exportKeyingMaterial(32, "${LABEL}").toString("hex"));
        console.log("context", socket.exportKeyingMaterial(32, "${LABEL}", context).toString("hex") + ";");
      });
    `;
      await using server = await node("", more)(p256);
      await using stream = await dial(server.port, connectorTo({ versions: [version] }));
      await server.untilOutput(/context .*;/);
      const { connection } = stream;
      const bare = await connection.exportKeyingMaterial(32, LABEL);
      const withContext = await connection.exportKeyingMaterial(
        32,
        LABEL,
        new TextEncoder().encode("a context"),
      );
      assertMatch(server.output, new RegExp(`bare ${encodeHex(bare)}\n`));
      assertMatch(server.output, new RegExp(`context ${encodeHex(withContext)};`));
    },
  });
}

for (const version of VERSIONS) {
  for (const name of ["openssl", "gnutls-cli"] as const) {
    const args = name === "openssl"
      ? ["-keymatexport", LABEL, "-keymatexportlen", "48"]
      : [`--keymatexport=${LABEL}`, "--keymatexportsize=48"];

    Deno.test({
      name: `${version}: ${name} and Ductile's server export the same keying material`,
      ignore: !installed(name),
      async fn() {
        let ours = "";
        await using server = serve({ identity: identityOf(p256), versions: [version] }, async (stream) => {
          ours = encodeHex(await stream.connection.exportKeyingMaterial(48, LABEL));
          await echoOneLine(stream);
        });
        const { output } = await VISITS[name](server.port, { args });
        await server.outcome();
        assertEquals(ours.length, 96);
        assertEquals(materialIn(output), ours);
      },
    });
  }
}

/** `OCSPResponse ::= SEQUENCE { responseStatus tryLater (3) }` (RFC 6960 §4.2.1). */
const OCSP_RESPONSE = Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03);

for (const version of VERSIONS) {
  Deno.test({
    name:
      `${version}: Ductile's client is given what openssl s_server staples, and nothing where it does not`,
    ignore: !installed("openssl"),
    async fn() {
      const file = await Deno.makeTempFile({ prefix: "ductile_" });
      try {
        await Deno.writeFile(file, OCSP_RESPONSE);
        const seen = async (args: readonly string[]): Promise<TlsConnectionInfo> => {
          await using server = await openssl(...args)(p256);
          await using stream = await dial(server.port, connectorTo({ versions: [version] }));
          await talk(stream, "ductile\n");
          return stream.connection;
        };
        assertEquals((await seen(["-status", "-status_file", file])).ocspResponse, OCSP_RESPONSE);
        assertEquals((await seen([])).ocspResponse, undefined);
      } finally {
        await Deno.remove(file);
      }
    },
  });

  Deno.test({
    name: `${version}: openssl s_client is given what Ductile's server staples, if it asks`,
    ignore: !installed("openssl"),
    async fn() {
      const identity = { ...identityOf(p256), ocspResponse: OCSP_RESPONSE };
      await using server = serve({ identity, versions: [version] }, echoOneLine);
      const asked = await VISITS.openssl(server.port, { args: ["-status"] });
      assertMatch(asked.output, /OCSP Response Status: trylater/);
      const unasked = await VISITS.openssl(server.port, {});
      assertEquals(unasked.output.match(/OCSP Response Status/), null);
      assert(unasked.output.includes("ductile\n"));
    },
  });

  Deno.test({
    name: `${version}: openssl s_client is told that Ductile's server staples nothing`,
    ignore: !installed("openssl"),
    async fn() {
      await using server = serve(
        { identity: identityOf(p256), versions: [version] },
        async (stream) => void await hear(stream),
      );
      const { output } = await VISITS.openssl(server.port, {
        args: ["-status", "-no_ign_eof"],
        says: "",
        end: true,
      });
      assertMatch(output, /OCSP response: no response sent/);
    },
  });
}
