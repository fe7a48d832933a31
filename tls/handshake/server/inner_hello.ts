/**
 * ClientHelloInner, put together again from what a client has encrypted and from its ClientHelloOuter (RFC 9849 §5.1).
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import { HANDSHAKE_HEADER_LENGTH } from "../../wire/handshake_codec.ts";
import { RANDOM_LENGTH } from "../../wire/client_hello.ts";
import { writeExtension } from "../../wire/extension_block.ts";
import { writeMessage } from "../../wire/message_writer.ts";
import { ExtensionType, HandshakeType, hexNumber, ProtocolVersion } from "../../wire/numbers.ts";
import { Reader } from "../../wire/reader.ts";
import type { ClientHello, HandshakeMessage } from "../../wire/messages.ts";
import type { Writer } from "../../wire/writer.ts";

/**
 * Puts a ClientHelloInner together, in one pass over both messages; it is never longer than the two.
 *
 * @param encodedInner A decrypted EncodedClientHelloInner.
 * @param encodedOuter The ClientHelloOuter, header included, which was read before.
 * @returns The message, header included.
 * @throws {TlsError} `decode_error`, `illegal_parameter`, `handshake_too_large`
 */
export function reconstructInner(encodedInner: Uint8Array, encodedOuter: Uint8Array): Uint8Array {
  const inner = new Reader(encodedInner, "EncodedClientHelloInner");
  const outer = new Reader(encodedOuter, "ClientHelloOuter", HANDSHAKE_HEADER_LENGTH);
  outer.bytes(VERSION_LENGTH + RANDOM_LENGTH);
  const sessionId = outer.opaque8();
  outer.opaque16();
  outer.opaque8();
  const outerExtensions = outer.vector16();

  const head = inner.at("random").bytes(VERSION_LENGTH + RANDOM_LENGTH);
  if (inner.at("legacy_session_id").opaque8().length > 0) throw illegal("it has a session ID");
  const cipherSuites = inner.at("cipher_suites").opaque16();
  const compressionMethods = inner.at("legacy_compression_methods").opaque8();
  const extensions = inner.at("extensions").vector16();
  // "If any padding byte is non-zero, the server MUST abort the connection with an "illegal_parameter" alert."
  // (RFC 9849 §5.1)
  if (inner.bytes(inner.left).some((byte) => byte !== 0)) throw illegal("its padding is not made of zeros");

  return writeMessage(HandshakeType.client_hello, (writer) => {
    writer.bytes(head);
    writer.vector8(() => writer.bytes(sessionId));
    writer.vector16(() => writer.bytes(cipherSuites));
    writer.vector8(() => writer.bytes(compressionMethods));
    writer.vector16(() => writeExtensions(writer, extensions, outerExtensions));
  }, encodedInner.length + encodedOuter.length);
}

const VERSION_LENGTH = 2;

/** Writes the extensions of the inner hello, and those of the outer one where it refers to them. */
function writeExtensions(writer: Writer, inner: Reader, outer: Reader): void {
  let expanded = false;
  while (inner.left > 0) {
    const type = inner.u16();
    const data = inner.vector16().at("ech_outer_extensions");
    if (type === ExtensionType.ech_outer_extensions) {
      if (expanded) throw illegal("it refers to the outer hello twice");
      expanded = true;
      writeReferenced(writer, data.vector8(2, 254), outer);
      data.end("ech_outer_extensions");
    } else {
      writeExtension(writer, type, () => writer.bytes(data.bytes(data.left)));
    }
  }
}

/**
 * Writes extensions of the outer hello. It is only ever read on from the last one that was found, so that one that is
 * missing, comes again or stands elsewhere is not found.
 */
function writeReferenced(writer: Writer, types: Reader, outer: Reader): void {
  while (types.left > 0) {
    const type = types.u16();
    if (type === ExtensionType.encrypted_client_hello || type === ExtensionType.ech_outer_extensions) {
      throw illegal("it refers to the ECH of the outer hello");
    }
    const data = nextOf(outer, type);
    if (data === undefined) {
      throw illegal(`it refers to extension ${hexNumber(type)}, which the outer hello does not have there`);
    }
    writeExtension(writer, type, () => writer.bytes(data));
  }
}

function nextOf(outer: Reader, wanted: number): Uint8Array | undefined {
  while (outer.left > 0) {
    const type = outer.u16();
    const data = outer.opaque16();
    if (type === wanted) return data;
  }
  return undefined;
}

/**
 * Checks that a message is a ClientHelloInner: "the client-facing server checks that the message includes a well-formed
 * "encrypted_client_hello" extension of type inner and that it does not offer TLS 1.2 or below. If either of these checks
 * fails, the client-facing server MUST abort with an "illegal_parameter" alert." (RFC 9849 §7.1)
 *
 * @throws {TlsError} `illegal_parameter`
 */
export function requireInner(message: HandshakeMessage): ClientHello {
  if (message.type !== "client_hello" || message.extensions.encryptedClientHello?.type !== "inner") {
    throw illegal("it has no encrypted_client_hello of type inner");
  }
  const { supportedVersions = [] } = message.extensions;
  const offersOlder = supportedVersions.some((version) =>
    version >= SSL3 && version < ProtocolVersion["TLSv1.3"]
  );
  if (offersOlder || !supportedVersions.includes(ProtocolVersion["TLSv1.3"])) {
    throw illegal("it offers another version than TLS 1.3");
  }
  return message;
}

/** SSL 3.0, the oldest version that a list can have; GREASE values are all above TLS 1.3. */
const SSL3 = 0x0300;

function illegal(reason: string): TlsError {
  return new TlsError("illegal_parameter", `Cannot accept ClientHelloInner: ${reason}`);
}
