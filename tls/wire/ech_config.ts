/**
 * ECHConfigList: the public keys of a client-facing server, as DNS and retry configurations carry them (RFC 9849 §4).
 *
 * ```text
 * struct {
 *     uint16 version;
 *     uint16 length;
 *     select (ECHConfig.version) {
 *       case 0xfe0d: ECHConfigContents contents;
 *     }
 * } ECHConfig;
 *
 * ECHConfig ECHConfigList<4..2^16-1>;
 * ```
 *
 * @module
 */

import { latin1, writeLatin1 } from "./lists.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/** The version of ECH that is known here, which is the type of the extension. */
export const ECH_VERSION = 0xfe0d;

/** A KDF and an AEAD of HPKE by their numbers. */
export interface EchCipherSuite {
  readonly kdf: number;
  readonly aead: number;
}

/** The fields of an ECHConfig of version {@linkcode ECH_VERSION}. */
export interface EchConfigContents {
  readonly configId: number;
  readonly kem: number;
  readonly publicKey: Uint8Array;
  readonly cipherSuites: readonly EchCipherSuite[];
  /** Length of the longest name behind the server; 0: not known. */
  readonly maximumNameLength: number;
  /** The name of the client-facing server, with one character a byte; not checked. */
  readonly publicName: string;
  /** Types of its extensions in their order; none is known here. */
  readonly extensionTypes: readonly number[];
}

/** One ECHConfig. */
export interface EchConfig {
  /** The whole structure, version and length included, which the key schedule is bound to. */
  readonly encoded: Uint8Array;
  readonly version: number;
  /** `undefined`: the version is not known here. */
  readonly contents?: EchConfigContents;
}

/**
 * Reads an ECHConfigList, its length included.
 *
 * @returns All configs in their order, those of unknown versions included; with views of `list`.
 * @throws {TlsError} `decode_error`
 */
export function decodeEchConfigList(list: Uint8Array): EchConfig[] {
  const reader = new Reader(list, "ECHConfigList");
  const configs = readEchConfigList(reader);
  reader.end();
  return configs;
}

/** Reads an ECHConfigList at the start of what is left. @throws {TlsError} `decode_error` */
export function readEchConfigList(reader: Reader): EchConfig[] {
  const list = reader.at("ECHConfigList").vector16(4);
  const configs: EchConfig[] = [];
  while (list.left > 0) configs.push(readEchConfig(list));
  return configs;
}

/** Reads exactly one ECHConfig. @throws {TlsError} `decode_error` */
export function decodeEchConfig(encoded: Uint8Array): EchConfig {
  const reader = new Reader(encoded, "ECHConfig");
  const config = readEchConfig(reader);
  reader.end();
  return config;
}

function readEchConfig(reader: Reader): EchConfig {
  const version = reader.at("version of ECHConfig").u16();
  const contents = reader.at("contents of ECHConfig").opaque16();
  const encoded = new Uint8Array(
    contents.buffer,
    contents.byteOffset - HEADER_LENGTH,
    HEADER_LENGTH + contents.length,
  );
  // "Clients MUST ignore any ECHConfig structure with a version they do not support." (RFC 9849 §4)
  return version === ECH_VERSION
    ? { encoded, version, contents: readContents(new Reader(contents, "ECHConfig")) }
    : { encoded, version };
}

/** Length of version and length. */
const HEADER_LENGTH = 4;

function readContents(reader: Reader): EchConfigContents {
  const configId = reader.at("config_id").u8();
  const kem = reader.at("kem_id").u16();
  const publicKey = reader.at("public_key").opaque16(1);
  const cipherSuites: EchCipherSuite[] = [];
  const suites = reader.at("cipher_suites").vector16(4);
  while (suites.left > 0) cipherSuites.push({ kdf: suites.u16(), aead: suites.u16() });
  const maximumNameLength = reader.at("maximum_name_length").u8();
  const publicName = latin1(reader.at("public_name").opaque8(1));
  const extensionTypes: number[] = [];
  const extensions = reader.at("extensions").vector16();
  while (extensions.left > 0) {
    extensionTypes.push(extensions.u16());
    extensions.opaque16();
  }
  reader.end();
  return { configId, kem, publicKey, cipherSuites, maximumNameLength, publicName, extensionTypes };
}

/** Writes an ECHConfig without extensions. @throws {TypeError} for a public name that is not made of bytes. */
export function encodeEchConfig(contents: Omit<EchConfigContents, "extensionTypes">): Uint8Array {
  const writer = new Writer();
  writer.u16(ECH_VERSION);
  writer.vector16(() => {
    writer.u8(contents.configId);
    writer.u16(contents.kem);
    writer.vector16(() => writer.bytes(contents.publicKey));
    writer.vector16(() => {
      for (const { kdf, aead } of contents.cipherSuites) {
        writer.u16(kdf);
        writer.u16(aead);
      }
    });
    writer.u8(contents.maximumNameLength);
    writer.vector8(() => writeLatin1(writer, contents.publicName));
    writer.u16(0); // extensions
  });
  return writer.take();
}

/** Writes an ECHConfigList of encoded configs. @throws {TlsError} `handshake_too_large` */
export function encodeEchConfigList(configs: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  writer.vector16(() => {
    for (const config of configs) writer.bytes(config);
  });
  return writer.take();
}
