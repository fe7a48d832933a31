/** The writer and a provider that answers late: what is sent behind a record that is being sealed. */

import { assertEquals } from "@std/assert";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { RecordWriter } from "../../../tls/record/writer.ts";
import { AlertLevel } from "../../../tls/wire/alert.ts";

Deno.test("an alert without protection is ready when the early data before it is sealed", async () => {
  const crypto = webCrypto();
  const [suite] = crypto.cipherSuites;
  if (suite === undefined) throw new Error("there is a suite");
  const writer = new RecordWriter(true);
  await writer.setSecret({ crypto, suite, secret: new Uint8Array(32) });
  const sealed = writer.sendData(new Uint8Array(10));
  assertEquals([sealed instanceof Promise, writer.outputLength], [true, 0]);
  writer.dropSecret();
  await writer.sendAlert(AlertLevel.fatal, "unexpected_message");
  const output = writer.output() ?? new Uint8Array(0);
  assertEquals(output.length, (5 + 10 + 1 + 16) + (5 + 2));
  assertEquals(output.slice(-7), Uint8Array.of(21, 3, 1, 0, 2, 2, 10));
});

Deno.test("a message without protection leaves as it was when it was sent, although its memory changes", () => {
  const writer = new RecordWriter(true);
  const message = Uint8Array.of(1, 0, 0, 1, 7);
  assertEquals(writer.sendHandshake(message), undefined);
  message.fill(9);
  assertEquals(writer.output(), Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 7));
});
