/** Certificate compression: CompressedCertificates as a hostile peer sends them, and what a config remembers. */

import { assertEquals, assertThrows } from "@std/assert";
import type { CertificateCompression } from "../../../tls/config/certificate_compression.ts";
import { platformCompressions } from "../../../tls/config/platform_compression.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { encodeForPeer, receiveCertificate } from "../../../tls/handshake/compressed_certificate.ts";
import { type Eventual, run, type Script, settle } from "../../../io/script.ts";
import { MAX_COMPRESSED_CERTIFICATES } from "../../../tls/limits.ts";
import type { HandshakeChannel } from "../../../tls/record/channel_types.ts";
import { encodeCertificate } from "../../../tls/wire/certificate.ts";
import { encodeCompressedCertificate } from "../../../tls/wire/compressed_certificate.ts";
import { decodeHandshake } from "../../../tls/wire/handshake_codec.ts";
import type { CertificateMessage, MessageOf } from "../../../tls/wire/messages.ts";
import { bytes, counting } from "../wire/message_bytes.ts";

/** A channel on which one message comes. */
function channelWith(encoded: Uint8Array): HandshakeChannel {
  const message = decodeHandshake(encoded[0] ?? 0, encoded.subarray(4));
  // Only these two are used.
  return {
    *maybe(type: string): Script<unknown> {
      yield* settle(undefined);
      return message.type === type ? message : undefined;
    },
    *expect(type: string): Script<unknown> {
      yield* settle(undefined);
      if (message.type !== type) throw new TlsError("unexpected_message", `not ${type}`);
      return message;
    },
  } as unknown as HandshakeChannel;
}

function receive(encoded: Uint8Array, algorithms?: readonly CertificateCompression[]): CertificateMessage {
  return now(run(receiveCertificate(channelWith(encoded), algorithms)));
}

/** The value of a script that has waited for nothing. */
function now<T>(value: Eventual<T>): T {
  if (value instanceof Promise) throw new Error("it is not there yet");
  return value;
}

const MESSAGE: CertificateMessage = {
  type: "certificate",
  context: bytes(),
  entries: [{ certificate: new Uint8Array(300).fill(7), extensionOrder: [] }],
};
const CERTIFICATE = encodeCertificate(MESSAGE).subarray(4);

/** An algorithm that leaves bytes as they are, and counts how often it is used. */
function copying(id = 0x1000): CertificateCompression & { compressed: number; decompressed: number } {
  return {
    id,
    compressed: 0,
    decompressed: 0,
    compress(certificate) {
      this.compressed++;
      return certificate;
    },
    decompress(compressed) {
      this.decompressed++;
      return compressed;
    },
  };
}

/** A CompressedCertificate. */
function message(fields: Partial<MessageOf<"compressed_certificate">>): Uint8Array {
  return encodeCompressedCertificate({
    type: "compressed_certificate",
    algorithm: 0x1000,
    uncompressedLength: CERTIFICATE.length,
    compressed: CERTIFICATE,
    ...fields,
  });
}

Deno.test("a CompressedCertificate is received as the Certificate that it stands for", () => {
  assertEquals(receive(message({}), [copying()]), MESSAGE);
  assertEquals(receive(encodeCertificate(MESSAGE), [copying()]), MESSAGE);
});

interface Row {
  readonly name: string;
  readonly fields: Partial<MessageOf<"compressed_certificate">>;
  readonly code: string;
  /** How often the algorithm is used. Default: once. */
  readonly uses?: number;
}

const ROWS: readonly Row[] = [
  {
    name: "that declares more than 64 KiB",
    fields: { uncompressedLength: 0x10001 },
    code: "certificate_too_large",
    uses: 0,
  },
  {
    name: "that declares all that fits into 24 bits",
    fields: { uncompressedLength: 0xffffff },
    code: "certificate_too_large",
    uses: 0,
  },
  {
    name: "that declares nothing",
    fields: { uncompressedLength: 0 },
    code: "invalid_certificate_compression",
    uses: 0,
  },
  {
    name: "that declares a byte less than there is",
    fields: { uncompressedLength: CERTIFICATE.length - 1 },
    code: "invalid_certificate_compression",
  },
  {
    name: "that declares a byte more than there is",
    fields: { uncompressedLength: CERTIFICATE.length + 1 },
    code: "invalid_certificate_compression",
  },
  {
    name: "by an algorithm that was not offered",
    fields: { algorithm: 0x1001 },
    code: "illegal_parameter",
    uses: 0,
  },
  {
    name: "of a Certificate with bytes behind its end",
    fields: { compressed: bytes(CERTIFICATE, 0), uncompressedLength: CERTIFICATE.length + 1 },
    code: "decode_error",
  },
  {
    name: "of a Certificate with the header of a handshake message",
    fields: { compressed: encodeCertificate(MESSAGE), uncompressedLength: CERTIFICATE.length + 4 },
    code: "decode_error",
  },
];

for (const { name, fields, code, uses = 1 } of ROWS) {
  Deno.test(`bad input 36: a CompressedCertificate ${name} is refused`, () => {
    const algorithm = copying();
    const error = assertThrows(() => receive(message(fields), [algorithm]), TlsError);
    assertEquals([error.code, algorithm.decompressed], [code, uses], error.message);
  });
}

Deno.test("bad input 36: a CompressedCertificate that was not asked for is out of turn", () => {
  assertEquals(assertThrows(() => receive(message({})), TlsError).code, "unexpected_message");
});

Deno.test("bad input 36: an algorithm that throws, rejects or gives no bytes refuses the Certificate", async () => {
  const answers: readonly ((length: number) => unknown)[] = [
    () => {
      throw new Error("malformed");
    },
    () => Promise.reject(new Error("malformed")),
    () => undefined,
    (length) => "x".repeat(length),
    (length) => new Array(length).fill(0),
  ];
  for (const answer of answers) {
    const algorithm: CertificateCompression = {
      id: 0x1000,
      compress: (certificate) => certificate,
      decompress: (_, length) => answer(length) as Uint8Array, // Not checked by a compiler everywhere.
    };
    const outcome = Promise.resolve().then(() =>
      run(receiveCertificate(channelWith(message({})), [algorithm]))
    );
    const error = await outcome.then(() => undefined, (reason) => reason);
    assertEquals(error instanceof TlsError && error.code, "invalid_certificate_compression");
  }
});

/** Lets a message be encoded. */
function encode(
  certificate: CertificateMessage,
  algorithms: readonly CertificateCompression[],
  offered: readonly number[],
): Uint8Array {
  const script: Script<Uint8Array> = encodeForPeer(certificate, algorithms, offered);
  return now(run(script));
}

Deno.test("the first algorithm of this end that the peer has offered is used", () => {
  const [one, other] = [copying(1), copying(2)];
  assertEquals(encode(MESSAGE, [one, other], [3, 2, 1])[5], 1);
  assertEquals(encode(MESSAGE, [one, other], [3, 2])[5], 2);
  assertEquals(encode(MESSAGE, [one, other], [3]), encodeCertificate(MESSAGE));
  assertEquals(encode(MESSAGE, [one, other], []), encodeCertificate(MESSAGE));
  assertEquals(encode(MESSAGE, [], [1]), encodeCertificate(MESSAGE));
});

Deno.test("an empty Certificate is not compressed", () => {
  const none: CertificateMessage = { ...MESSAGE, entries: [] };
  assertEquals(encode(none, [copying(1)], [1]), encodeCertificate(none));
});

Deno.test("a Certificate is sent as it is where its algorithm fails or has nothing to say", async () => {
  const answers: readonly (() => unknown)[] = [
    () => {
      throw new Error("broken");
    },
    () => Promise.reject(new Error("broken")),
    () => undefined,
    () => new Uint8Array(0),
    () => "text",
  ];
  for (const answer of answers) {
    const algorithm: CertificateCompression = {
      id: 1,
      compress: () => answer() as undefined, // Not checked by a compiler everywhere.
      decompress: (compressed) => compressed,
    };
    assertEquals(await run(encodeForPeer(MESSAGE, [algorithm], [1])), encodeCertificate(MESSAGE));
  }
});

Deno.test("a config remembers four CompressedCertificates, those that were used last", () => {
  const algorithm = copying(1);
  const algorithms = [algorithm];
  const chain = (number: number): CertificateMessage => ({
    ...MESSAGE,
    entries: [{ certificate: counting(40, number), extensionOrder: [] }],
  });
  const numbers = Array.from({ length: MAX_COMPRESSED_CERTIFICATES }, (_, number) => number);
  for (const _ of [1, 2]) for (const number of numbers) encode(chain(number), algorithms, [1]);
  assertEquals(algorithm.compressed, MAX_COMPRESSED_CERTIFICATES);
  encode(chain(0), algorithms, [1]);
  encode(chain(9), algorithms, [1]); // instead of chain 1
  encode(chain(0), algorithms, [1]);
  assertEquals(algorithm.compressed, MAX_COMPRESSED_CERTIFICATES + 1);
  encode(chain(1), algorithms, [1]);
  assertEquals(algorithm.compressed, MAX_COMPRESSED_CERTIFICATES + 2);
});

Deno.test("configs do not share what they remember", () => {
  const algorithm = copying(1);
  for (const algorithms of [[algorithm], [algorithm]]) encode(MESSAGE, algorithms, [1]);
  assertEquals(algorithm.compressed, 2);
});

Deno.test("a Certificate that does not get shorter is sent as it is, and not tried again", () => {
  const algorithms = [...platformCompressions().values()];
  const random: CertificateMessage = {
    ...MESSAGE,
    entries: [{ certificate: crypto.getRandomValues(new Uint8Array(500)), extensionOrder: [] }],
  };
  for (const { id } of algorithms) assertEquals(encode(random, algorithms, [id]), encodeCertificate(random));
});
