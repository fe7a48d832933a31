/** The writer once it is disposed of, while records are being sealed: nothing leaves it any more, alerts among it. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { AeadKey, CipherSuite, CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { RecordWriter } from "../../../tls/record/writer.ts";
import { AlertLevel } from "../../../tls/wire/alert.ts";

/** A provider that answers by promise, and a cipher suite of it. */
function provided(): { crypto: CryptoProvider; suite: CipherSuite } {
  const crypto = webCrypto();
  const [suite] = crypto.cipherSuites;
  if (suite === undefined) throw new Error("there is a suite");
  return { crypto, suite };
}

/** A writer whose provider answers by promise. */
async function lateWriter(): Promise<RecordWriter> {
  const { crypto, suite } = provided();
  const writer = new RecordWriter(true);
  await writer.setSecret({ crypto, suite, secret: new Uint8Array(32) });
  return writer;
}

const WAITING: readonly (readonly [name: string, send: (writer: RecordWriter) => unknown])[] = [
  ["a fatal alert", (writer) => writer.sendAlert(AlertLevel.fatal, "unexpected_message")],
  ["a close_notify", (writer) => writer.sendAlert(AlertLevel.warning, "close_notify")],
  ["content", (writer) => writer.sendData(new Uint8Array(10))],
];
for (const [name, send] of WAITING) {
  Deno.test(`a writer that is disposed of sends nothing: ${name} that waits behind content`, async () => {
    const writer = await lateWriter();
    const sent = [writer.sendData(new Uint8Array(10)), send(writer)];
    writer.dispose();
    await Promise.allSettled(sent);
    assertEquals([writer.outputLength, writer.output()], [0, undefined]);
    assertEquals(await writer.sendAlert(AlertLevel.fatal, "internal_error"), undefined);
    assertEquals([writer.outputLength, writer.output()], [0, undefined]);
  });
}

Deno.test("a writer that is disposed of while its key is derived sends no alert in the clear", async () => {
  const { crypto, suite } = provided();
  const writer = new RecordWriter(true);
  const keyed = writer.setSecret({ crypto, suite, secret: new Uint8Array(32) });
  const alerted = writer.sendAlert(AlertLevel.fatal, "unexpected_message");
  writer.dispose();
  assertEquals([keyed, alerted].map((each) => each instanceof Promise), [true, true]);
  await Promise.allSettled([keyed, alerted]);
  assertEquals([writer.outputLength, writer.output()], [0, undefined]);
});

Deno.test("a writer that is disposed of has no record that waited to be taken", async () => {
  const writer = await lateWriter();
  await writer.sendData(new Uint8Array(10));
  assertEquals(writer.outputLength > 0, true);
  writer.dispose();
  assertEquals([writer.outputLength, writer.output()], [0, undefined]);
  assertThrows(() => writer.sendData(new Uint8Array(1)), TypeError);
});

Deno.test("a writer that is disposed of says so, also after a record under way has failed", async () => {
  const sealed = Promise.withResolvers<Uint8Array>();
  const writer = new RecordWriter(true);
  await writer.setSealer({
    sequence: 0,
    left: 100,
    seal: () => ({ header: new Uint8Array(5), payload: sealed.promise }),
  });
  const sent = Promise.resolve(writer.sendData(new Uint8Array(10)));
  writer.dispose();
  sealed.reject(new Error("the provider has failed"));
  await Promise.allSettled([sent]);
  await new Promise((resolve) => setTimeout(resolve));
  assertThrows(() => writer.sendData(new Uint8Array(1)), TypeError, "disposed of");
});

Deno.test("a writer that is disposed of says so, also after the derivation of a key has failed", async () => {
  const { crypto, suite } = provided();
  const imported = Promise.withResolvers<AeadKey>();
  const writer = new RecordWriter(true);
  const keyed = writer.setSecret({
    crypto,
    suite: { ...suite, importKey: () => imported.promise },
    secret: new Uint8Array(32),
  });
  writer.dispose();
  imported.promise.catch(() => {}); // the writer may not have asked for the key yet
  imported.reject(new Error("the provider has failed"));
  await assertRejects(() => Promise.resolve(keyed), Error, "the provider has failed");
  await new Promise((resolve) => setTimeout(resolve));
  assertThrows(() => writer.sendData(new Uint8Array(1)), TypeError, "disposed of");
});

Deno.test("a writer that is disposed of while its key is derived keeps no secret", async () => {
  const { crypto, suite } = provided();
  const writer = new RecordWriter(true);
  const keyed = writer.setSecret({ crypto, suite, secret: new Uint8Array(32) });
  writer.dispose();
  await assertRejects(() => Promise.resolve(keyed), TypeError, "disposed of");
  assertEquals(writer.protection, undefined);
});

Deno.test("a writer has no protection to hand over while new keys are derived", async () => {
  const writer = await lateWriter();
  assertEquals(writer.protection?.sequence, 0);
  const secret = new Uint8Array(32).fill(1);
  const keyed = writer.setSecret({ ...provided(), secret });
  assertEquals([keyed instanceof Promise, writer.protection], [true, undefined]);
  await keyed;
  assertEquals(writer.protection?.secret?.secret, secret);
});

Deno.test("a writer that is disposed of says so, whatever is to be sent", async () => {
  const writer = await lateWriter();
  writer.dispose();
  for (const send of [() => writer.sendKeyUpdate(true), () => writer.sendHandshake(new Uint8Array(4))]) {
    assertThrows(send, TypeError, "Cannot send: the connection was disposed of");
  }
  assertEquals(writer.receiveKeyUpdate(false), undefined);
});
