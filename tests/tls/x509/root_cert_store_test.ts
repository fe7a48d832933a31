/** The store of roots: what is added from PEM, DER and anchors, and what a frozen one refuses. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import type { TrustAnchor } from "../../../tls/x509/types.ts";
import { mintAuthority, mintSelfSigned } from "../../support/certificates.ts";
import { boolean, sequence } from "../../support/der.ts";
import { encodePem } from "../../../io/pem_writer.ts";
import { nameConstraints, nameConstraintsValue } from "./path/path_support.ts";
import { certificateOf, nameOf } from "./certificate_parts.ts";

const [A, B] = [await mintAuthority({ commonName: "a" }), await mintAuthority({ commonName: "b" })];
/** The name of A, and a key of its own. */
const A2 = await mintAuthority({ commonName: "a" });

const BROKEN = encodePem("CERTIFICATE", Uint8Array.of(0x30, 0x03, 0x02, 0x01));
const KEY = A.keyPem;

const TEXTS: readonly {
  readonly name: string;
  readonly pem: string | readonly string[];
  readonly size: number;
}[] = [
  { name: "one certificate", pem: A.certPem, size: 1 },
  { name: "several in one text", pem: A.certPem + B.certPem, size: 2 },
  { name: "several texts", pem: [A.certPem, B.certPem], size: 2 },
  { name: "one certificate twice", pem: A.certPem + A.certPem, size: 1 },
  { name: "two of one name", pem: A.certPem + A2.certPem, size: 2 },
  { name: "text around and blocks of other kinds", pem: `A:\r\n${KEY}B:\n${A.certPem}\n# end`, size: 1 },
  { name: "no text at all", pem: [], size: 0 },
];

for (const { name, pem, size } of TEXTS) {
  Deno.test(`RootCertStore.fromPem: ${name}: ${size}`, () => {
    const store = RootCertStore.fromPem(pem);
    assertEquals([store.size, [...store].length, store.certificates().length], [size, size, size]);
  });
}

const REFUSED: readonly { readonly name: string; readonly make: () => unknown; readonly says: RegExp }[] = [
  {
    name: "a text without a certificate",
    make: () => RootCertStore.fromPem(KEY),
    says: /has no "CERTIFICATE" block/,
  },
  { name: "an empty text", make: () => RootCertStore.fromPem(""), says: /has no "CERTIFICATE" block/ },
  {
    name: "one that has no end",
    make: () => RootCertStore.fromPem(A.certPem.slice(0, -30)),
    says: /^Cannot read PEM: the "CERTIFICATE" block has no end$/,
  },
  { name: "one that is no certificate", make: () => RootCertStore.fromPem(BROKEN), says: /Cannot trust/ },
  {
    name: "a bundle of which none can be a root",
    make: () => RootCertStore.fromPem(`${BROKEN}${BROKEN}${BROKEN}`),
    says: /^Cannot trust certificate 1, which begins in line 1,: .*; and none of 2 more can be used$/,
  },
  {
    name: "a second text without a certificate",
    make: () => RootCertStore.fromPem([A.certPem, KEY]),
    says: /has no "CERTIFICATE" block/,
  },
  { name: "DER that is none", make: () => RootCertStore.fromDer([new Uint8Array(3)]), says: /Cannot trust/ },
  {
    name: "a root with a critical extension that is not known",
    make: () => RootCertStore.fromDer([certificateOf({ extensions: [sequenceOfUnknown()] })]),
    says: /1\.2\.3\.4 is not understood/,
  },
];

function sequenceOfUnknown(): Uint8Array {
  // Extension ::= SEQUENCE { 1.2.3.4, critical TRUE, OCTET STRING }
  return sequence(Uint8Array.of(0x06, 3, 0x2a, 3, 4), boolean(true), Uint8Array.of(0x04, 0));
}

for (const { name, make, says } of REFUSED) {
  Deno.test(`RootCertStore: ${name} is refused`, () => {
    const error = assertThrows(make, TlsError);
    assertEquals(error.code, "bad_certificate_pem");
    assertMatch(error.message, says);
  });
}

Deno.test("RootCertStore.addParsablePem: a broken certificate does not hide the next", () => {
  const store = RootCertStore.fromDer([A.certDer]);
  const torn = A.certPem.slice(0, 80);
  const { added, errors } = store.addParsablePem(
    `some text\n${BROKEN}${A.certPem}${torn}\n${A2.certPem}${B.certPem}`,
  );
  assertEquals([added, store.size], [2, 3]);
  assertEquals(errors.map((error) => error instanceof TlsError && error.code), [
    "bad_certificate_pem",
    "bad_certificate_pem",
  ]);
  assertEquals(store.addParsablePem("nothing here"), { added: 0, errors: [] });
});

Deno.test("RootCertStore.addParsable: counts the new ones, and has the errors of the unreadable ones", () => {
  const store = RootCertStore.fromDer([]);
  const { added, errors } = store.addParsable([A.certDer, new Uint8Array(), B.certDer, A.certDer]);
  assertEquals([added, store.size, errors.length], [2, 2, 1]);
});

Deno.test("RootCertStore.anchorsFor: gives those of the name, whole and exact", () => {
  const store = RootCertStore.fromDer([A.certDer, B.certDer, A2.certDer]);
  assertEquals(store.anchorsFor(A.subject).map(({ publicKey }) => publicKey), [A.key.spki, A2.key.spki]);
  assertEquals(store.anchorsFor(B.subject).length, 1);
  for (const other of [nameOf("c"), nameOf("a", "b"), A.subject.subarray(1), new Uint8Array()]) {
    assertEquals(store.anchorsFor(other), []);
  }
  assertEquals(store.subjects(), [A.subject, B.subject]);
});

Deno.test("RootCertStore: keeps the fields of anchors, and the certificates themselves", async () => {
  const root = await mintAuthority({ extensions: [nameConstraints({ permitted: ["example.com"] })] });
  const store = RootCertStore.fromDer([root.certDer]);
  assertEquals([...store], [{
    subject: root.subject,
    publicKey: root.key.spki,
    nameConstraints: nameConstraintsValue({ permitted: ["example.com"] }),
    keyUsage: 0x60,
    certificate: root.certDer,
  }]);
  assertEquals(store.certificates(), [root.certDer]);
});

Deno.test("C-12: a bundle gives the roots that can be used, and says which were left out, and why", async () => {
  const odd = await mintAuthority({
    commonName: "Odd Corp Root",
    extensions: [{ oid: "1.2.3.4", critical: true, value: sequence() }],
  });
  const torn = A2.certPem.slice(0, 80);
  const bundle = `# ours\r\n${A.certPem}${odd.certPem}${torn}\n${BROKEN}${B.certPem}`;
  const line = (text: string) => bundle.slice(0, bundle.indexOf(text)).split("\n").length;
  const store = RootCertStore.fromPem(bundle);
  assertEquals(store.subjects(), [A.subject, B.subject]);
  assertEquals(store.leftOut.map(({ code, message }) => [code, message.replace(/(?<=byte).*/, "")]), [
    [
      "bad_certificate_pem",
      `Cannot trust certificate 2, which begins in line ${
        line(odd.certPem)
      }, "CN=Odd Corp Root": its critical extension 1.2.3.4 is not understood`,
    ],
    [
      "bad_certificate_pem",
      `Cannot read PEM: certificate 3, which begins in line ${
        line(torn + "\n")
      }: the "CERTIFICATE" block has no end`,
    ],
    [
      "bad_certificate_pem",
      `Cannot trust certificate 4, which begins in line ${line(BROKEN)},: SEQUENCE at byte`,
    ],
  ]);
  assertEquals(store.leftOut[0]?.certificate?.subject, "CN=Odd Corp Root");
  // Copies and stores that it is added to know of them too.
  const other = RootCertStore.fromDer([]);
  other.addAnchors(store);
  assertEquals([store.copy().leftOut, other.leftOut], [[...store.leftOut], [...store.leftOut]]);
  assertEquals(RootCertStore.fromDer([odd.certDer, A.certDer]).leftOut.map(({ message }) => message), [
    'Cannot trust certificate 1 "CN=Odd Corp Root": its critical extension 1.2.3.4 is not understood',
  ]);
});

Deno.test("RootCertStore.anchorOf: the very certificate that was added, in any store that it is copied to", () => {
  const store = RootCertStore.fromDer([A.certDer, A2.certDer]);
  const changed = A.certDer.slice();
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
  for (
    const each of [
      store,
      store.copy(),
      RootCertStore.fromAnchors(store),
      RootCertStore.fromAnchors([...store]),
    ]
  ) {
    assertEquals(each.anchorOf(A.certDer)?.publicKey, A.key.spki);
    assertEquals(each.anchorOf(A2.certDer)?.publicKey, A2.key.spki);
    assertEquals([each.anchorOf(B.certDer), each.anchorOf(changed)], [undefined, undefined]);
  }
});

Deno.test("RootCertStore: a certificate that is added as an authority alone is not trusted as itself", async () => {
  const server = await mintSelfSigned({ names: ["example.com"] });
  const store = RootCertStore.fromDer([]);
  const { added, errors } = store.addParsablePem(A.certPem + server.certPem, { authoritiesOnly: true });
  assertEquals([added, store.anchorOf(A.certDer), store.anchorOf(server.certDer)], [1, undefined, undefined]);
  assertMatch(errors[0]?.message ?? "", /"CN=example\.com": it is no authority's/);
  assertThrows(() => store.add(server.certDer, { authoritiesOnly: true }), TlsError, "no authority's");
  assertEquals(store.addParsable([B.certDer], { authoritiesOnly: true }).added, 1);
  assertEquals([store.anchorOf(B.certDer), store.certificates()], [undefined, [A.certDer, B.certDer]]);
  store.add(A.certDer);
  assertEquals([store.size, store.anchorOf(A.certDer)?.publicKey], [3, A.key.spki]);
});

const ANCHOR: TrustAnchor = { subject: A.subject, publicKey: A.key.spki };
const ANCHORS: readonly {
  readonly name: string;
  readonly anchors: readonly TrustAnchor[];
  readonly size: number;
}[] = [
  { name: "the same twice is one", anchors: [ANCHOR, { ...ANCHOR }], size: 1 },
  {
    name: "with and without a day of distrust is two",
    anchors: [ANCHOR, { ...ANCHOR, distrustAfter: new Date(0) }],
    size: 2,
  },
  {
    name: "two days of distrust are two",
    anchors: [{ ...ANCHOR, distrustAfter: new Date(1) }, { ...ANCHOR, distrustAfter: new Date(0) }],
    size: 2,
  },
  {
    name: "with and without constraints is two",
    anchors: [ANCHOR, { ...ANCHOR, nameConstraints: nameConstraintsValue({ permitted: ["a"] }) }],
    size: 2,
  },
  { name: "with and without a path length is two", anchors: [ANCHOR, { ...ANCHOR, pathLength: 0 }], size: 2 },
  {
    name: "an authority and none is two",
    anchors: [ANCHOR, { ...ANCHOR, isAuthority: false, certificate: A.certDer }],
    size: 2,
  },
  {
    name: "other keys of one name are two",
    anchors: [ANCHOR, { ...ANCHOR, publicKey: B.key.spki }],
    size: 2,
  },
];

Deno.test("RootCertStore.fromAnchors: keeps what an anchor says, and gives it again", () => {
  const anchor: TrustAnchor = {
    ...ANCHOR,
    pathLength: 2,
    keyUsage: 0x60,
    certificate: A.certDer,
    isAuthority: false,
    distrustAfter: new Date(1000),
    nameConstraints: nameConstraintsValue({ permitted: ["a"] }),
  };
  assertEquals([...RootCertStore.fromAnchors([anchor])], [anchor]);
});

Deno.test("RootCertStore.fromAnchors: what is changed in an anchor afterwards changes no root", () => {
  const make = () => ({
    ...ANCHOR,
    subject: ANCHOR.subject.slice(),
    publicKey: ANCHOR.publicKey.slice(),
    certificate: A.certDer.slice(),
    distrustAfter: new Date(1000),
    nameConstraints: nameConstraintsValue({ permitted: ["a"] }),
  });
  const anchor = make();
  const store = RootCertStore.fromAnchors([anchor]);
  for (const der of [anchor.subject, anchor.publicKey, anchor.certificate, anchor.nameConstraints]) {
    der.fill(0);
  }
  anchor.distrustAfter.setTime(9e12);
  assertEquals([...store], [make()]);
});

for (const { name, anchors, size } of ANCHORS) {
  Deno.test(`RootCertStore.fromAnchors: ${name}`, () => {
    const store = RootCertStore.fromAnchors(anchors);
    assertEquals([store.size, [...store].length, store.certificates().length], [size, size, 0]);
    assertEquals(RootCertStore.fromAnchors(store).size, size);
  });
}

const MISTAKES: readonly { readonly name: string; readonly anchor: TrustAnchor }[] = [
  { name: "a subject that is not DER", anchor: { ...ANCHOR, subject: Uint8Array.of(1) } },
  { name: "a subject with more behind it", anchor: { ...ANCHOR, subject: Uint8Array.of(...A.subject, 0) } },
  { name: "a key without its tag", anchor: { ...ANCHOR, publicKey: A.key.spki.subarray(2) } },
  { name: "constraints that are none", anchor: { ...ANCHOR, nameConstraints: sequence() } },
  { name: "a path length below 0", anchor: { ...ANCHOR, pathLength: -1 } },
  { name: "a path length that is no whole number", anchor: { ...ANCHOR, pathLength: 0.5 } },
  { name: "a certificate that is text", anchor: { ...ANCHOR, certificate: "AAAA" as unknown as Uint8Array } },
  { name: "a day that is no date", anchor: { ...ANCHOR, distrustAfter: new Date(NaN) } },
];

for (const { name, anchor } of MISTAKES) {
  Deno.test(`RootCertStore.fromAnchors: ${name} is the caller's mistake`, () => {
    const error = assertThrows(() => RootCertStore.fromAnchors([anchor]), TypeError);
    assertMatch(error.message, /^Cannot trust the anchor: /);
  });
}

Deno.test("RootCertStore: arrays that are changed after they were added do not change what is trusted", () => {
  const der = A.certDer.slice();
  const anchor = { subject: B.subject.slice(), publicKey: B.key.spki.slice() };
  const store = RootCertStore.fromDer([der]);
  store.addAnchors([anchor]);
  der.fill(0);
  anchor.publicKey.fill(0);
  assertEquals(store.anchorsFor(A.subject)[0]?.publicKey, A.key.spki);
  assertEquals(store.anchorsFor(B.subject)[0]?.publicKey, B.key.spki);
});

Deno.test("RootCertStore.freeze: nothing can be added any more, except to a copy", () => {
  const store = RootCertStore.fromDer([A.certDer]);
  assert(!store.frozen);
  assert(store.freeze() === store && store.frozen);
  const adding = [
    () => store.add(B.certDer),
    () => store.addAnchors([ANCHOR]),
    () => store.addParsable([B.certDer]),
    () => store.addParsablePem(B.certPem),
  ];
  for (const add of adding) assertThrows(add, TypeError, "add to a copy()");
  assertEquals(store.size, 1);
  const copy = store.copy();
  copy.add(B.certDer);
  assertEquals([store.size, copy.size, copy.certificates().length, copy.frozen], [1, 2, 2, false]);
});

Deno.test("RootCertStore refuses text for fromDer and bytes for fromPem, with the right function in the message", () => {
  const bytes = Uint8Array.of(0x30, 0x00);
  for (const given of [bytes, [bytes], null]) {
    assertThrows(() => RootCertStore.fromPem(given as unknown as string), TypeError, "it is no text");
  }
  for (const given of [bytes, ["-----BEGIN CERTIFICATE-----"]]) {
    assertThrows(() => RootCertStore.fromDer(given as unknown as Uint8Array[]), TypeError, "fromPem()");
  }
  assertThrows(() => RootCertStore.fromAnchors([{} as TrustAnchor]), TypeError, "must be DER");
  const error = assertThrows(() => RootCertStore.fromPem("/etc/ssl/ca.pem"), TlsError);
  assertEquals(error.hint, "Pass the text of a PEM file, not its name.");
});
