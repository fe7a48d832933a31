/** Revocation lists: read, refused, cut off and altered at every byte. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { parseRevocationList } from "../../../../tls/x509/revocation/crl.ts";
import { mintAuthority } from "../../../support/certificates.ts";
import { type CrlOptions, distributionPoint, mintCrl } from "../../../support/crls.ts";
import { boolean, explicit, implicit, integer, sequence, value } from "../../../support/der.ts";
import { hoursFromNow } from "../path/path_support.ts";

const AUTHORITY = await mintAuthority({ commonName: "issuer" });
const SERIAL = Uint8Array.of(0x12, 0x34);

Deno.test("parseRevocationList: reads every field of a list", async () => {
  const list = parseRevocationList(
    await mintCrl(AUTHORITY, {
      number: 0x1234,
      thisUpdate: hoursFromNow(-2),
      nextUpdate: hoursFromNow(2),
      revoked: [
        { serialNumber: SERIAL, date: hoursFromNow(-1), reason: 4 },
        { serialNumber: Uint8Array.of(0x00, 0xff), date: hoursFromNow(-3) },
      ],
    }),
  );
  assertEquals(list.issuer, AUTHORITY.subject);
  assertEquals(list.number, Uint8Array.of(0x12, 0x34));
  assertEquals([list.thisUpdate, list.nextUpdate], [hoursFromNow(-2), hoursFromNow(2)]);
  assertEquals(list.size, 2);
  assertEquals(list.find(SERIAL), { date: hoursFromNow(-1), reason: "superseded" });
  assertEquals(list.find(Uint8Array.of(0x00, 0xff)), { date: hoursFromNow(-3) });
  assertEquals(list.find(Uint8Array.of(0xff)), undefined);
  assertEquals(list.scope, undefined);
});

Deno.test("parseRevocationList: a list may be empty", async () => {
  const list = parseRevocationList(await mintCrl(AUTHORITY));
  assertEquals([list.size, list.find(SERIAL)], [0, undefined]);
});

const EXTENSION = { oid: "1.3.6.1.4.1.55555.1", value: sequence() };
const entry = (extensions: NonNullable<CrlOptions["extensions"]>): CrlOptions => ({
  revoked: [{ serialNumber: SERIAL, extensions }],
});
const scoped = (...fields: readonly Uint8Array[]): CrlOptions => ({ scope: sequence(...fields) });

const TAKEN: readonly { readonly name: string; readonly options: CrlOptions }[] = [
  { name: "an extension that is not known", options: { extensions: [EXTENSION] } },
  { name: "an entry's extension that is not known", options: entry([EXTENSION]) },
  { name: "a scope without a limit", options: { scope: distributionPoint({}) } },
  {
    name: "a number of 20 octets",
    options: extensionsOf("2.5.29.20", integer(new Uint8Array(20).fill(0xff))),
  },
  { name: "a number of 0", options: { number: 0 } },
];

const REFUSED: readonly { readonly name: string; readonly options: CrlOptions; readonly reason: RegExp }[] = [
  { name: "version 1", options: { version: null }, reason: /its version is not 2/ },
  { name: "version 3", options: { version: 2 }, reason: /its version is not 2/ },
  {
    name: "another signature algorithm outside of what is signed than inside",
    options: { outerAlgorithm: sequence(value(0x06, Uint8Array.of(0x2b, 0x65, 0x70))) },
    reason: /its signature algorithm is not the same inside and outside/,
  },
  { name: "no number", options: { number: null }, reason: /it has no number/ },
  {
    name: "a critical number",
    options: { number: null, extensions: [{ oid: "2.5.29.20", critical: true, value: integer(1) }] },
    reason: /its number is marked critical/,
  },
  {
    name: "a number of 21 octets",
    options: extensionsOf("2.5.29.20", integer(new Uint8Array(21).fill(1))),
    reason: /longer than 20 octets/,
  },
  {
    name: "a negative number",
    options: extensionsOf("2.5.29.20", value(0x02, Uint8Array.of(0x80))),
    reason: /negative/,
  },
  { name: "no nextUpdate", options: { nextUpdate: null }, reason: /no nextUpdate/ },
  {
    name: "a delta",
    options: { extensions: [{ oid: "2.5.29.27", critical: true, value: integer(1) }] },
    reason: /delta/,
  },
  {
    name: "an extension twice",
    options: { extensions: [{ oid: "2.5.29.20", value: integer(1) }] },
    reason: /2\.5\.29\.20 is there twice/,
  },
  {
    name: "a critical extension that is not known",
    options: { extensions: [{ ...EXTENSION, critical: true }] },
    reason: /critical extension 1\.3\.6\.1\.4\.1\.55555\.1 is not understood/,
  },
  {
    name: "an entry's critical extension that is not known",
    options: entry([{ ...EXTENSION, critical: true }]),
    reason: /1\.3\.6\.1\.4\.1\.55555\.1 of an entry is not understood/,
  },
  {
    name: "an entry of another authority",
    options: entry([{ oid: "2.5.29.29", critical: true, value: sequence() }]),
    reason: /certificates of other authorities/,
  },
  {
    name: "a reason that there is not",
    options: { revoked: [{ serialNumber: SERIAL, reason: 7 }] },
    reason: /reason/,
  },
  {
    name: "a reason beyond the last",
    options: { revoked: [{ serialNumber: SERIAL, reason: 11 }] },
    reason: /reason/,
  },
  {
    name: "an empty serial number",
    options: { revoked: [{ serialNumber: new Uint8Array() }] },
    reason: /no INTEGER/,
  },
  {
    name: "a serial number with a zero too many",
    options: { revoked: [{ serialNumber: Uint8Array.of(0, 1) }] },
    reason: /no INTEGER/,
  },
  {
    name: "a negative serial number with an octet of ones too many",
    options: { revoked: [{ serialNumber: Uint8Array.of(0xff, 0x80) }] },
    reason: /no INTEGER/,
  },
  {
    name: "an indirect list",
    options: { scope: distributionPoint({ indirect: true }) },
    reason: /other authorities/,
  },
  {
    name: "a list of some reasons",
    options: { scope: distributionPoint({ reasons: Uint8Array.of(1, 0x40) }) },
    reason: /only about some reasons/,
  },
  {
    name: "C-13: an empty BIT STRING of reasons",
    options: { scope: distributionPoint({ reasons: new Uint8Array() }) },
    reason: /only about some reasons/,
  },
  {
    name: "C-13: a BIT STRING of reasons that is nothing but its first octet",
    options: { scope: distributionPoint({ reasons: Uint8Array.of(0) }) },
    reason: /only about some reasons/,
  },
  {
    name: "a list of attribute certificates",
    options: { scope: distributionPoint({ onlyAttributeCerts: true }) },
    reason: /attribute certificates/,
  },
  {
    name: "a list of two kinds only",
    options: { scope: distributionPoint({ onlyUserCerts: true, onlyCaCerts: true }) },
    reason: /two kinds/,
  },
  {
    name: "a distribution point relative to the issuer",
    options: scoped(explicit(0, explicit(1, sequence()))),
    reason: /relative to its issuer/,
  },
  {
    name: "a distribution point without a name",
    options: { scope: distributionPoint({ uris: [] }) },
    reason: /empty/,
  },
  {
    name: "a flag that is spelt out though it is false",
    options: scoped(implicit(1, Uint8Array.of(0))),
    reason: /TRUE/,
  },
  ...[[], [255, 255], [255, 0], [1]].map((octets) => ({
    name: `a flag of the octets [${octets}]`,
    options: scoped(implicit(1, Uint8Array.from(octets))),
    reason: /TRUE/,
  })),
  {
    name: "flags out of order",
    options: scoped(implicit(2, Uint8Array.of(255)), implicit(1, Uint8Array.of(255))),
    reason: /too many/,
  },
  { name: "a scope that is no SEQUENCE", options: { scope: boolean(true) }, reason: /SEQUENCE is expected/ },
];

function extensionsOf(oid: string, content: Uint8Array): CrlOptions {
  return { number: null, extensions: [{ oid, value: content }] };
}

for (const { name, options } of TAKEN) {
  Deno.test(`parseRevocationList: ${name} is accepted`, async () => {
    assertEquals(parseRevocationList(await mintCrl(AUTHORITY, options)).issuer, AUTHORITY.subject);
  });
}

for (const { name, options, reason } of REFUSED) {
  Deno.test(`parseRevocationList: ${name} is refused`, async () => {
    const crl = await mintCrl(AUTHORITY, options);
    const error = assertThrows(() => parseRevocationList(crl), TlsError);
    assertEquals(error.code, "bad_revocation_list");
    assert(reason.test(error.message), error.message);
  });
}

Deno.test("parseRevocationList: a list cut anywhere or with any bit flipped is read, or refused with its error", async () => {
  const crl = await mintCrl(AUTHORITY, {
    scope: distributionPoint({ uris: ["http://example.com/"], onlyUserCerts: true }),
    revoked: [{ serialNumber: SERIAL, reason: 1 }, { serialNumber: Uint8Array.of(7) }],
    extensions: [EXTENSION],
  });
  for (let length = 0; length < crl.length; length++) {
    const error = assertThrows(() => parseRevocationList(crl.slice(0, length)), TlsError);
    assertEquals(error.code, "bad_revocation_list");
  }
  let read = 0;
  for (let bit = 0; bit < crl.length * 8; bit++) {
    const flipped = crl.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 0x80 >> (bit & 7);
    try {
      parseRevocationList(flipped).find(SERIAL);
      read++;
    } catch (error) {
      assert(error instanceof TlsError && error.code === "bad_revocation_list");
    }
  }
  // Those in the signature at the least, which is checked elsewhere.
  assert(read > 64 * 8);
});

Deno.test("parseRevocationList: bytes after the list are refused", async () => {
  const crl = await mintCrl(AUTHORITY);
  const error = assertThrows(() => parseRevocationList(Uint8Array.of(...crl, 0)), TlsError);
  assertEquals(error.code, "bad_revocation_list");
});
