/** What `describeRoots` says of certificates, constraints and dates. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { encodeHex } from "@std/encoding/hex";
import { describeRoots, mozillaRoots, RootCertStore } from "../../roots/mod.ts";
import { mintAuthority } from "../support/certificates.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

Deno.test("describeRoots: a certificate has a name, a pin and a fingerprint", async () => {
  const authority = await mintAuthority({ commonName: "An authority" });
  assertEquals(await describeRoots(RootCertStore.fromPem(authority.certPem)), [{
    subject: "CN=An authority",
    pin: `sha256/${encodeBase64(await sha256(authority.key.spki))}`,
    fingerprint: encodeHex(await sha256(authority.certDer)),
    permittedNames: [],
    excludedNames: [],
  }]);
});

Deno.test("describeRoots: roots are sorted by their names, and those of one name are as in the store", async () => {
  const names = ["b", "a", "c", "b", "a", "b"];
  const authorities = await Promise.all(names.map((commonName) => mintAuthority({ commonName })));
  const described = await describeRoots(
    RootCertStore.fromPem(authorities.map(({ certPem }) => certPem).join("")),
  );
  const order = [1, 4, 0, 3, 5, 2];
  assertEquals(described.map(({ subject }) => subject), order.map((index) => `CN=${names[index]}`));
  const fingerprints = await Promise.all(
    authorities.map(async ({ certDer }) => encodeHex(await sha256(certDer))),
  );
  assertEquals(described.map(({ fingerprint }) => fingerprint), order.map((index) => fingerprints[index]));
});

/** `NameConstraints` of one list of subtrees, with a tag each: what is short needs no longer lengths. */
function constraints(list: number, ...names: (readonly [tag: number, content: Uint8Array])[]): Uint8Array {
  const subtrees = names.map(([tag, content]) => der(0x30, der(tag, content)));
  return der(0x30, der(list, Uint8Array.from(subtrees.flatMap((subtree) => [...subtree]))));
}

function der(tag: number, content: Uint8Array): Uint8Array {
  assert(content.length < 0x80);
  return Uint8Array.of(tag, content.length, ...content);
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What an anchor is restricted to, and how it is told. */
const CONSTRAINED: readonly {
  readonly name: string;
  readonly nameConstraints: Uint8Array;
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
}[] = [
  {
    name: "a domain",
    nameConstraints: constraints(0xa0, [0x82, ascii(".example")]),
    permitted: [".example"],
  },
  {
    name: "two domains that are excluded",
    nameConstraints: constraints(0xa1, [0x82, ascii("a.example")], [0x82, ascii("b.example")]),
    excluded: ["a.example", "b.example"],
  },
  {
    name: "a network",
    nameConstraints: constraints(0xa0, [0x87, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0)]),
    permitted: ["10.0.0.0/255.0.0.0"],
  },
  {
    name: "mail",
    nameConstraints: constraints(0xa0, [0x81, ascii("example.com")]),
    permitted: ["example.com"],
  },
  {
    name: "a name of another kind",
    nameConstraints: constraints(0xa1, [0x88, ascii("x")]),
    excluded: ["#78"],
  },
];

for (const { name, nameConstraints, permitted = [], excluded = [] } of CONSTRAINED) {
  Deno.test(`describeRoots: an anchor that is restricted to ${name}`, async () => {
    const { key, subject } = await mintAuthority();
    const distrustAfter = new Date("2026-01-01T00:00:00Z");
    const store = RootCertStore.fromAnchors([{
      subject,
      publicKey: key.spki,
      nameConstraints,
      distrustAfter,
    }]);
    const [described] = await describeRoots(store);
    assertEquals(
      [described?.permittedNames, described?.excludedNames, described?.distrustAfter, described?.fingerprint],
      [permitted, excluded, distrustAfter, undefined],
    );
  });
}

Deno.test("describeRoots: all of Mozilla's can be described", async () => {
  const store = await mozillaRoots();
  const described = await describeRoots(store);
  assertEquals(described.length, store.size);
  for (const { subject, pin, fingerprint } of described) {
    assertMatch(fingerprint ?? "", /^[0-9a-f]{64}$/);
    assertMatch(subject, /^[A-Za-z0-9.]+=/);
    assertMatch(pin, /^sha256\/[A-Za-z0-9+/]{43}=$/);
  }
  assertEquals(described.map(({ subject }) => subject), described.map(({ subject }) => subject).toSorted());
});
