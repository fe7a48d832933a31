/**
 * ServerKeyExchange and ClientKeyExchange of ECDHE (RFC 8422 §5.4, §5.7).
 *
 * ```text
 * struct {
 *     ECCurveType curve_type = named_curve(3);
 *     NamedCurve namedcurve;
 *     opaque point<1..2^8-1>;
 * } ServerECDHParams;
 *
 * struct {
 *     ServerECDHParams params;
 *     SignatureAndHashAlgorithm algorithm;
 *     opaque signature<0..2^16-1>;
 * } ServerKeyExchange;
 *
 * struct { opaque ecdh_Yc<1..2^8-1>; } ClientKeyExchange;
 * ```
 *
 * @module
 */

import { writeMessage } from "../message_writer.ts";
import type { ClientKeyExchange, ServerKeyExchange } from "../messages.ts";
import { HandshakeType } from "../numbers.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";

/** `named_curve(3)`: the others are deprecated, and "MUST NOT" be used (RFC 8422 §5.4). */
const NAMED_CURVE = 3;

/**
 * Reads a ServerKeyExchange.
 *
 * @param body The message without its header; the result has views of it.
 * @throws {TlsError} `decode_error`; `illegal_parameter` for a curve that has no name.
 */
export function decodeServerKeyExchange(body: Uint8Array): ServerKeyExchange {
  const reader = new Reader(body, "ServerKeyExchange");
  const curveType = reader.at("curve_type").u8();
  if (curveType !== NAMED_CURVE) {
    throw reader.error("illegal_parameter", `its curve_type is ${curveType}, not named_curve`);
  }
  const group = reader.at("namedcurve").u16();
  const point = reader.at("point").opaque8(1);
  const params = body.subarray(0, body.length - reader.left);
  const scheme = reader.at("algorithm").u16();
  const signature = reader.at("signature").opaque16();
  reader.end();
  return { type: "server_key_exchange", group, point, params, scheme, signature };
}

/** Writes ServerECDHParams, which are what is signed. */
export function encodeEcdhParams(group: number, point: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.u8(NAMED_CURVE);
  writer.u16(group);
  writer.vector8(() => writer.bytes(point));
  return writer.take();
}

/** Writes a ServerKeyExchange with its header. */
export function encodeServerKeyExchange(
  { params, scheme, signature }: Pick<ServerKeyExchange, "params" | "scheme" | "signature">,
): Uint8Array {
  return writeMessage(HandshakeType.server_key_exchange, (writer) => {
    writer.bytes(params);
    writer.u16(scheme);
    writer.vector16(() => writer.bytes(signature));
  });
}

/**
 * Reads a ClientKeyExchange.
 *
 * @param body The message without its header; the result has a view of it.
 * @throws {TlsError} `decode_error`
 */
export function decodeClientKeyExchange(body: Uint8Array): ClientKeyExchange {
  const reader = new Reader(body, "ClientKeyExchange");
  const point = reader.at("ecdh_Yc").opaque8(1);
  reader.end();
  return { type: "client_key_exchange", point };
}

/** Writes a ClientKeyExchange with its header. */
export function encodeClientKeyExchange({ point }: ClientKeyExchange): Uint8Array {
  return writeMessage(HandshakeType.client_key_exchange, (writer) => {
    writer.vector8(() => writer.bytes(point));
  });
}
