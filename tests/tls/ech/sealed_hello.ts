/**
 * ClientHellos with ECH, put together piece by piece, so that any piece can be another one.
 *
 * @module
 */

import { run } from "../../../io/script.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { echInfo, usableEchConfig } from "../../../tls/ech/usable_config.ts";
import { type HpkeSender, setupBaseSender } from "../../../tls/hpke/hpke_context.ts";
import { decodeEchConfigList } from "../../../tls/wire/ech_config.ts";
import { bytes, counting, extension, type Part, u16, vec16, vec8 } from "../wire/message_bytes.ts";
import { KEY, PUBLIC_NAME, SECRET_NAME } from "./ech_pair.ts";

const CRYPTO = nodeCrypto();

/** The pieces of a hello; all have an honest default. */
export interface Pieces {
  /** What is encrypted. */
  readonly inner?: Uint8Array;
  /** The extensions of the outer hello in front of ECH. */
  readonly outerExtensions?: readonly Uint8Array[];
  readonly kdf?: number;
  readonly aead?: number;
  readonly configId?: number;
  /** The encapsulated key. */
  readonly enc?: Uint8Array;
  /** Changes the whole message behind its header when it is sealed. */
  change?(body: Uint8Array): Uint8Array;
}

const SESSION_ID = counting(32, 0x80);

/** The hellos of one client, which has the key of the server. */
export class SealedHellos {
  readonly #sender: HpkeSender;
  #first = true;

  private constructor(sender: HpkeSender) {
    this.#sender = sender;
  }

  static async begin(): Promise<SealedHellos> {
    const config = usableEchConfig(decodeEchConfigList(KEY.configList), CRYPTO);
    if (config === undefined) throw new Error("the key can be used");
    const { suite, contents, encoded } = config;
    const sender = await run(setupBaseSender(CRYPTO, suite, contents.publicKey, echInfo(encoded)));
    if (sender === null) throw new Error("the key is one");
    return new SealedHellos(sender);
  }

  /** The next hello, in a record. */
  async hello(pieces: Pieces = {}): Promise<Uint8Array> {
    const { inner = encodedInner(), kdf = 1, aead = 1, configId = 7, change = (body) => body } = pieces;
    const enc = pieces.enc ?? (this.#first ? this.#sender.enc : new Uint8Array(0));
    this.#first = false;
    const body = (payload: Uint8Array) =>
      bytes(
        ...[u16(0x0303), counting(32, 0x20), vec8(SESSION_ID), vec16(u16(0x1301)), vec8(0)],
        vec16(
          ...pieces.outerExtensions ?? OUTER_EXTENSIONS,
          extension(0xfe0d, 0, u16(kdf, aead), configId, vec16(enc), vec16(payload)),
        ),
      );
    const additionalData = body(new Uint8Array(inner.length + 16));
    const payload = await run(this.#sender.context.seal(additionalData, inner));
    return record(change(body(payload)));
  }
}

/** A ClientHello in a record. */
export function record(body: Uint8Array): Uint8Array {
  return bytes(0x16, u16(0x0301), vec16(1, 0, vec16(body)));
}

export const VERSIONS: Uint8Array = extension(0x002b, vec8(u16(0x0304)));
export const GROUPS: Uint8Array = extension(0x000a, vec16(u16(0x001d, 0x0019)));
export const SCHEMES: Uint8Array = extension(0x000d, vec16(u16(0x0403, 0x0804)));
export const KEY_SHARE: Uint8Array = extension(
  0x0033,
  vec16(u16(0x001d), vec16(counting(32, 9))),
);
export const INNER_MARK: Uint8Array = extension(0xfe0d, 1);

/** The extensions of an outer hello, apart from ECH. */
export const OUTER_EXTENSIONS: readonly Uint8Array[] = [
  nameOf(PUBLIC_NAME),
  VERSIONS,
  GROUPS,
  SCHEMES,
  KEY_SHARE,
];

/** The extensions of an encoded inner hello. */
export const INNER_EXTENSIONS: readonly Uint8Array[] = [
  nameOf(SECRET_NAME),
  INNER_MARK,
  references(0x002b, 0x000a, 0x000d, 0x0033),
];

/** server_name */
export function nameOf(name: string): Uint8Array {
  return extension(0x0000, vec16(0, vec16(name)));
}

/** ech_outer_extensions */
export function references(...types: readonly number[]): Uint8Array {
  return extension(0xfd00, vec8(u16(...types)));
}

/** An EncodedClientHelloInner. */
export function encodedInner(
  { extensions = INNER_EXTENSIONS, sessionId = bytes(), padding = bytes(0, 0, 0) }: {
    readonly extensions?: readonly Part[];
    readonly sessionId?: Uint8Array;
    readonly padding?: Uint8Array;
  } = {},
): Uint8Array {
  return bytes(
    ...[u16(0x0303), counting(32, 0x60), vec8(sessionId), vec16(u16(0x1301)), vec8(0)],
    vec16(...extensions),
    padding,
  );
}
