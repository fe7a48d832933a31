/** Explanations of peers that mean harm: texts that a terminal or a page would obey, and messages without end. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { ConnectionRecorder } from "../../../tls/explain/connection_recorder.ts";
import { explainedSteps } from "../../../tls/explain/explained_steps.ts";
import { explainHandshake } from "../../../tls/explain/explain_handshake.ts";
import { htmlPage } from "../../../tls/explain/html_page.ts";
import { textOfSteps } from "../../../tls/explain/text_page.ts";
import { MAX_EXPLAINED_BYTES, MAX_EXPLAINED_ENTRIES } from "../../../tls/limits.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { acceptor } from "../tls_pair.ts";
import { bytes, vec16, vec24, vec8 } from "../wire/message_bytes.ts";
import { explainedPair, messagesOf } from "./explained_pair.ts";

/** What a page would run, a terminal obey, and a reader mistake. */
const HOSTILE = [
  '<script>alert(1)</script>"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  "\x1b[2J\x1b]0;owned\x07",
  "a\r\n  12.0 ms  done      The handshake is done",
  "\u202egnp.exe",
  "zero\u200bwidth",
  "&lt;b&gt;",
];

function checkText(text: string): void {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f\u200b\u202e]/.test(text), false);
  assertEquals(text.split("\n").some((line) => /^ +12\.0 ms {2}done/.test(line)), false);
}

function checkPage(page: string): void {
  assertEquals(/<(?:script|img|svg|b&gt;)/i.test(page), false);
  // deno-lint-ignore no-control-regex -- they are what is looked for
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f\u200b\u202e]/.test(page), false);
}

for (const text of HOSTILE) {
  Deno.test(`${JSON.stringify(text)} in a certificate or a protocol's name is shown and not obeyed`, async () => {
    const authority = await mintAuthority({ commonName: text });
    const certificate = await mintCertificate(authority, { commonName: text, names: ["localhost", text] });
    const name = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
    const alpnProtocols = [name];
    const { client, server } = await explainedPair({
      client: { alpnProtocols },
      server: { alpnProtocols, identity: { chain: certificate.chainPem, key: certificate.keyPem } },
    });
    for (const each of [client, server]) {
      checkText(await each.text());
      checkPage(await each.html(text));
    }
    const steps = await client.steps();
    const shown = JSON.stringify(messagesOf(steps).find((message) => message.name === "Certificate")?.fields);
    assertStringIncludes(shown, "subject CN=");
  });
}

Deno.test("the name that a client asks for is shown and not obeyed", async () => {
  const connection = new ServerConnection(acceptor().config);
  const explanation = explainHandshake(connection);
  const name = "<script>\x1b[31m";
  const extensions = vec16(bytes(0, 0, vec16(vec16(0, vec16(name)))));
  const body = bytes(3, 3, new Uint8Array(32), vec8(), vec16(0x13, 0x01), vec8(0), extensions);
  const hello = bytes(1, vec24(body));
  connection.receive(bytes(0x16, 3, 1, vec16(hello)));
  try {
    await connection.next();
  } catch {
    // It is no name.
  }
  checkText(await explanation.text());
  checkPage(await explanation.html());
  assertStringIncludes(await explanation.text(), '"<script>\\x1b[31m"');
});

Deno.test("messages without end are kept up to a limit, and the rest is counted", () => {
  const recorder = new ConnectionRecorder("client", true);
  const record = new Uint8Array(16_384);
  record.set([4, 0, 0x3f, 0xfc]);
  for (let i = 0; i < 100; i++) {
    recorder.receivedRecord(
      { type: 0x16, header: record, payload: record },
      { type: 0x16, content: record },
      true,
    );
  }
  let kept = 0;
  for (const entry of recorder.entries) kept += entry.type === "record" ? entry.bytes : 0;
  assertEquals(kept, MAX_EXPLAINED_BYTES);
  const last = explainedSteps(recorder).at(-1);
  assertEquals(last, { type: "omission", events: 100 - kept / 16_384, bytes: 100 * 16_384 - kept });
});

Deno.test("messages inside others are kept up to the same limit", () => {
  const recorder = new ConnectionRecorder("client", true);
  const certificate = new Uint8Array(65_536);
  for (let i = 0; i < 10; i++) {
    recorder.concluded({ about: "decompressed_certificate", certificate });
    recorder.innerHello("sent", certificate);
  }
  assertEquals(recorder.entries.length, MAX_EXPLAINED_BYTES / 65_536);
  assertEquals(recorder.omitted, { entries: 12, bytes: 12 * 65_536 });
});

Deno.test("records without content, and data to and fro, are kept up to a limit; the failure still is", () => {
  const recorder = new ConnectionRecorder("client", true);
  const [header, data] = [new Uint8Array(5), Uint8Array.of(1)];
  for (let i = 0; i < 3 * MAX_EXPLAINED_ENTRIES; i++) {
    recorder.sentRecord(0x17, data, true);
    recorder.receivedRecord({ type: 0x17, header, payload: data }, { type: 0x17, content: data }, true);
  }
  recorder.failed(new Error("at last"));
  assertEquals(recorder.entries.length, MAX_EXPLAINED_ENTRIES + 1);
  assertStringIncludes(textOfSteps(explainedSteps(recorder)), "failed    at last");
});

Deno.test("a record of empty messages makes no more steps than are kept", () => {
  const recorder = new ConnectionRecorder("client", true);
  const content = new Uint8Array(16_384); // HelloRequests
  const header = new Uint8Array(5);
  for (let i = 0; i < 30; i++) {
    recorder.receivedRecord({ type: 0x16, header, payload: content }, { type: 0x16, content }, true);
  }
  const steps = explainedSteps(recorder);
  assert(steps.length <= MAX_EXPLAINED_ENTRIES + 1, `${steps.length}`);
  assertEquals(steps.at(-1)?.type, "omission");
  assert(htmlPage([steps]).length < 10_000_000);
});

Deno.test("a message over a thousand records is joined at a cost that is linear", () => {
  const recorder = new ConnectionRecorder("client", true);
  const header = new Uint8Array(5);
  for (let i = 0; i < 1_500; i++) {
    const content = Uint8Array.of(i === 0 ? 11 : 0, ...(i === 0 ? [0, 5, 216] : []));
    recorder.receivedRecord({ type: 0x16, header, payload: content }, { type: 0x16, content }, true);
  }
  const [message] = messagesOf(explainedSteps(recorder));
  assertEquals([message?.name, message?.records], ["Certificate", [1, 1_497]]);
});
