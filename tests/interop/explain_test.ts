/** Explanations of what real clients say to Ductile's server, and what it says to them: every field is known. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { TlsAcceptor } from "../../tls/acceptor.ts";
import { explainHandshake, type HandshakeExplanation } from "../../tls/explain/explain_handshake.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { serveConnection } from "../../server/mod.ts";
import { installed } from "../support/peers.ts";
import { run } from "../support/run.ts";

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, { names: ["localhost"] });

type Version = "1.2" | "1.3";

/** Clients, and the arguments by which each connects to a port with one version and closes. */
const CLIENTS: Readonly<Record<string, (port: string, version: Version) => readonly string[]>> = {
  openssl: (port, version) => [
    ...["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-alpn", "h2,http/1.1"],
    ...[`-tls${version.replace(".", "_")}`],
  ],
  "gnutls-cli": (port, version) => [
    ...["--insecure", "-p", port, "--alpn=http/1.1", "localhost"],
    `--priority=NORMAL:-VERS-ALL:+VERS-TLS${version}`,
  ],
  curl: (port, version) => ["-ks", `--tlsv${version}`, "--tls-max", version, `https://localhost:${port}/`],
};

for (const [program, argumentsOf] of Object.entries(CLIENTS)) {
  for (const version of ["1.3", "1.2"] as const) {
    Deno.test({
      name: `TLS ${version}: every message of ${program} is read, with no field left over`,
      ignore: !installed(program),
      async fn() {
        const acceptor = new TlsAcceptor({
          identity: { chain: CERTIFICATE.chainPem, key: CERTIFICATE.keyPem },
          alpnProtocols: ["http/1.1"],
        });
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        let explanation: HandshakeExplanation | undefined;
        const serving = (async () => {
          const stream = await acceptor.accept(await listener.accept(), {
            configure: (connection) => explanation = explainHandshake(connection),
          });
          await serveConnection(stream, () => new Response(null, { headers: { connection: "close" } }))
            .finished;
        })();
        const { stderr } = await run(program, argumentsOf(`${listener.addr.port}`, version), {
          stdin: "x\n",
        });
        await serving;
        const text = await explanation?.text() ?? "";
        assertEquals(/^ +!|unread|unknown \(/m.test(text), false, text);
        assertStringIncludes(text, `Chooses TLS ${version} (`, stderr);
        assertStringIncludes(text, "client -> server  Finished");
        assertStringIncludes(text, 'ALPN chooses "http/1.1"');
        assertStringIncludes(text, "verify_data is right");
      },
    });
  }
}
