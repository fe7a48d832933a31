/** Servers that answer the ClientHello with something else than they should. */

import { assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { DenoTls, TlsError } from "../../../tls/mod.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";
import { drain, serveConnections } from "../../support/listening.ts";
import { installed, startScript } from "../../support/peers.ts";

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const fatal = (alert: number): Uint8Array => Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, alert);

/** Sends the answer after the ClientHello, and waits until the client goes away. */
async function answering(
  answer: Uint8Array,
  then: "stay" | "go",
  fn: (port: number) => Promise<void>,
): Promise<void> {
  await using server = serveConnections(Deno.listen({ hostname: "127.0.0.1", port: 0 }), async (conn) => {
    await conn.read(new Uint8Array(4096));
    if (answer.length > 0) await conn.write(answer);
    if (then === "stay") await drain(conn);
  });
  await fn(server.port);
}

interface Row {
  readonly name: string;
  readonly answer: Uint8Array;
  readonly then?: "stay" | "go";
  readonly code: string;
  readonly reason: string;
}

const ROWS: readonly Row[] = [
  {
    name: "nothing, and hangs up",
    answer: text(""),
    then: "go",
    code: "unexpected_eof",
    reason: "the server hung up",
  },
  {
    name: "half a record, and hangs up",
    answer: Uint8Array.of(0x16, 0x03, 0x03, 0x00, 0x7a, 0x02),
    then: "go",
    code: "unexpected_eof",
    reason: "the server hung up",
  },
  {
    name: "plain HTTP",
    answer: text("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    code: "handshake_failed",
    reason: "the server's answer is not TLS",
  },
  {
    name: "SSH",
    answer: text("SSH-2.0-OpenSSH_9.2\r\n"),
    code: "handshake_failed",
    reason: "the server's answer is not TLS",
  },
  {
    name: "a record of no known version",
    answer: Uint8Array.of(0x16, 0x09, 0x09, 0x00, 0x02, 0x02, 0x28),
    code: "handshake_failed",
    reason: "the server's answer is not TLS",
  },
  {
    name: "an alert of no known name",
    answer: fatal(0xc8),
    code: "handshake_failed",
    reason: "the server ended it with an unknown alert",
  },
  {
    name: "T-38: a protocol that was not offered (TLS 1.2)",
    answer: serverHello("foo"),
    code: "no_application_protocol",
    reason: "the server chose a protocol that was not offered",
  },
];

for (const { name, answer, then = "stay", code, reason } of ROWS) {
  Deno.test(`a server that answers ${name} is ${code}`, async () => {
    await answering(answer, then, async (port) => {
      const error = await assertRejects(() => new DenoTls().dial({ hostname: "127.0.0.1", port }), TlsError);
      assertEquals(error.message, `Cannot shake hands with "127.0.0.1": ${reason}`);
      assertEquals(error.code, code);
    });
  });
}

const ALERTS = [
  "close_notify",
  "handshake_failure",
  "protocol_version",
  "insufficient_security",
  "internal_error",
  "unrecognized_name",
  "no_application_protocol",
  "certificate_required",
  "unknown_ca",
  "access_denied",
] satisfies AlertName[];

for (const alert of ALERTS) {
  Deno.test(`a server that ends the handshake with ${alert} is told by that name`, async () => {
    await answering(fatal(AlertDescription[alert]), "stay", async (port) => {
      const error = await assertRejects(() => new DenoTls().dial({ hostname: "127.0.0.1", port }), TlsError);
      assertEquals(error.alert, alert);
      const hasCode = alert === "no_application_protocol" || alert === "certificate_required";
      assertEquals(error.code, hasCode ? alert : "handshake_failed");
    });
  });
}

Deno.test("T-38: a server that chooses HTTP/2 where only HTTP/1.1 was offered is refused", async () => {
  await answering(serverHello("h2"), "stay", async (port) => {
    const tls = new DenoTls({ alpnProtocols: ["http/1.1"] });
    const error = await assertRejects(() => tls.dial({ hostname: "127.0.0.1", port }), TlsError);
    assertEquals(error.code, "no_application_protocol");
  });
});

Deno.test({
  name: "a server that resets the connection is connection_reset (node)",
  ignore: !installed("node"),
  async fn() {
    // Deno ends a connection before it closes it; Node can tear it down.
    await using server = await startScript(
      "node",
      `import { createServer } from "node:net";
      createServer((socket) => socket.once("data", () => socket.resetAndDestroy())).listen(process.env.PORT, "127.0.0.1");`,
    );
    const dialling = new DenoTls().dial({ hostname: "127.0.0.1", port: server.port });
    const error = await assertRejects(() => dialling, TlsError);
    assertEquals(error.message, 'Cannot shake hands with "127.0.0.1": the server reset the connection');
    assertEquals(error.code, "connection_reset");
  },
});

/**
 * A ServerHello of TLS 1.2, in which ALPN is in the clear (RFC 5246 §7.4.1.3, RFC 7301 §3.1): ECDHE_ECDSA with
 * AES-128-GCM, no session, and the extensions renegotiation_info and ALPN.
 */
function serverHello(protocol: string): Uint8Array {
  const name = text(protocol);
  const alpn = [0x00, 0x10, 0x00, name.length + 3, 0x00, name.length + 1, name.length, ...name];
  const extensions = [0xff, 0x01, 0x00, 0x01, 0x00, ...alpn];
  const body = [
    ...[0x03, 0x03],
    ...Array<number>(32).fill(0x5a), // random
    ...[0x00], // session_id
    ...[0xc0, 0x2b],
    ...[0x00], // compression_method
    ...[0x00, extensions.length],
    ...extensions,
  ];
  const message = Uint8Array.of(0x02, 0x00, 0x00, body.length, ...body);
  return concat([Uint8Array.of(0x16, 0x03, 0x03, 0x00, message.length), message]);
}
