/**
 * The extension encrypted_client_hello of a ClientHello (RFC 9849 §5).
 *
 * ```text
 * enum { outer(0), inner(1) } ECHClientHelloType;
 *
 * struct {
 *     ECHClientHelloType type;
 *     select (ECHClientHello.type) {
 *         case outer:
 *             HpkeSymmetricCipherSuite cipher_suite;
 *             uint8 config_id;
 *             opaque enc<0..2^16-1>;
 *             opaque payload<1..2^16-1>;
 *         case inner:
 *             Empty;
 *     };
 * } ECHClientHello;
 * ```
 *
 * @module
 */

import type { EchClientHello } from "./messages.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const OUTER = 0;
const INNER = 1;

/** Reads the extension. @throws {TlsError} `illegal_parameter` for another type, `decode_error` */
export function readEchClientHello(data: Reader): EchClientHello {
  const type = data.u8();
  if (type === INNER) return { type: "inner" };
  // "If ECHClientHello.type is not a valid ECHClientHelloType, then the server MUST abort with an "illegal_parameter"
  // alert." (RFC 9849 §7)
  if (type !== OUTER) {
    throw data.error("illegal_parameter", `its encrypted_client_hello has the type ${type}`);
  }
  return {
    type: "outer",
    kdf: data.u16(),
    aead: data.u16(),
    configId: data.u8(),
    enc: data.opaque16(),
    payload: data.opaque16(1),
  };
}

/** Writes the data of the extension. */
export function writeEchClientHello(writer: Writer, ech: EchClientHello): void {
  if (ech.type === "inner") {
    writer.u8(INNER);
    return;
  }
  writer.u8(OUTER);
  writer.u16(ech.kdf);
  writer.u16(ech.aead);
  writer.u8(ech.configId);
  writer.vector16(() => writer.bytes(ech.enc));
  writer.vector16(() => writer.bytes(ech.payload));
}
