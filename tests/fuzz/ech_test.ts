/**
 * Fuzzes ECHConfigLists and encrypted hellos that are nearly right.
 *
 * For every input: it is read or refused with a `TlsError`, and no other error is thrown; a list that is read is all of
 * its configs, one behind the other; a ClientHelloInner is never longer than the two hellos that it is made of, and
 * none of its extensions is one that only an encoded hello may have.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { nodeCrypto } from "../../tls/crypto/node.ts";
import { usableEchConfig } from "../../tls/ech/usable_config.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { reconstructInner } from "../../tls/handshake/server/inner_hello.ts";
import { decodeEchConfigList, encodeEchConfigList } from "../../tls/wire/ech_config.ts";
import { decodeHandshake } from "../../tls/wire/handshake_codec.ts";
import { Random } from "../http2/hpack/octets.ts";
import { encodedInner, INNER_MARK, OUTER_EXTENSIONS, references } from "../tls/ech/sealed_hello.ts";
import { KEY } from "../tls/ech/ech_pair.ts";
import { bytes, counting, extension, u16, vec16, vec8 } from "../tls/wire/message_bytes.ts";
import { inputs, seed } from "./support/amount.ts";

const INPUTS = 4_000;
const CRYPTO = nodeCrypto();

/** Flips bits, cuts out, cuts off and doubles. */
function mutated(octets: Uint8Array, random: Random): Uint8Array {
  const list = [...octets];
  for (let changes = random.below(3); changes > 0; changes--) {
    const at = random.below(list.length + 1);
    switch (random.below(4)) {
      case 0:
        list[at] = (list[at] ?? 0) ^ 1 << random.below(8);
        break;
      case 1:
        list.splice(at, 1 + random.below(4));
        break;
      case 2:
        list.length = at;
        break;
      default:
        list.splice(at, 0, ...list.slice(at, at + 1 + random.below(12)));
    }
  }
  return Uint8Array.from(list);
}

/** What `read` returns; `undefined`: it was refused. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

Deno.test("fuzz: an ECHConfigList is read as it is, or refused with a TlsError", () => {
  const list = encodeEchConfigList([bytes(u16(0xfe0a), vec16("older")), KEY.config, KEY.config]);
  let read = 0;
  for (let at = 0; at < inputs(INPUTS); at++) {
    const random = new Random(Math.imul(seed(1) + at, 0x2545f491));
    const input = mutated(list, random);
    const configs = tried(() => decodeEchConfigList(input));
    if (configs === undefined) continue;
    read++;
    assertEquals(encodeEchConfigList(configs.map(({ encoded }) => encoded)), input, `input ${at}`);
    usableEchConfig(configs, CRYPTO);
  }
  // Were nearly all refused, or none, the generator would not get far.
  if (inputs(INPUTS) === INPUTS) assert(read > INPUTS / 5 && read < INPUTS, `${read} were read`);
});

/** Extensions of an inner hello, right and not so right. */
const INNER = [
  INNER_MARK,
  references(0x002b, 0x000a, 0x000d, 0x0033),
  references(0x002b, 0x0033),
  references(0x0033, 0x002b),
  references(0xfe0d),
  extension(0xfd00, vec8()),
  extension(0x002b, vec8(u16(0x0304))),
  extension(0x4a4a, "GREASE"),
  ...OUTER_EXTENSIONS,
] as const;

Deno.test("fuzz: a ClientHelloInner is put together of what was received, or refused with a TlsError", () => {
  let made = 0;
  for (let at = 0; at < inputs(INPUTS); at++) {
    const random = new Random(Math.imul(seed(1) + at, 0x2545f491));
    const outerBody = bytes(
      ...[u16(0x0303), counting(32), vec8(counting(32)), vec16(u16(0x1301)), vec8(0)],
      vec16(
        ...OUTER_EXTENSIONS.filter(() => random.below(20) > 0),
        extension(0xfe0d, 0, 0, 0, 0, 0, 0, vec16(), vec16(1)),
      ),
    );
    const outer = bytes(1, 0, vec16(outerBody));
    const extensions = INNER.filter((_, place) => random.below(12) < (place < 2 ? 11 : 1));
    const input = mutated(encodedInner({ extensions }), random);
    const message = tried(() => reconstructInner(input, outer));
    if (message === undefined) continue;
    made++;
    assert(message.length <= input.length + outer.length, `input ${at}: ${message.length} bytes`);
    const hello = tried(() => decodeHandshake(message[0] ?? 0, message.subarray(4)));
    if (hello?.type === "client_hello") {
      assertEquals(hello.extensionOrder.includes(0xfd00), false, `input ${at}`);
      assertEquals(hello.sessionId, counting(32), `input ${at}`);
    }
  }
  if (inputs(INPUTS) === INPUTS) assert(made > INPUTS / 5 && made < INPUTS, `${made} were made`);
});
