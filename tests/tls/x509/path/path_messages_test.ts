/** What the error says of a path that was refused: which certificate, why, and what can be done. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, mintSelfSigned } from "../../../support/certificates.ts";
import { bitString, oid, sequence } from "../../../support/der.ts";
import { EXPIRED, leafRow, NAME, type PathRow, withAnchor } from "./path_rows.ts";
import { parse, refusalOf, trust } from "./path_support.ts";

const HINTS: readonly (PathRow & { readonly says: RegExp; readonly hint: RegExp | undefined })[] = [
  {
    ...leafRow("the message has the date on which it expired", "expired", EXPIRED),
    says: /^Cannot accept certificate "CN=example\.com": it expired on 20[0-9-]+T[0-9:]+\.000Z$/,
    hint: undefined,
  },
  {
    name: "the message names the missing issuer of the end entity",
    expected: "unknown_issuer",
    chain: async () => {
      const issuer = await mintAuthority({ commonName: "Middle", issuer: await mintAuthority() });
      return { leaf: await mintCertificate(issuer, NAME), roots: trust(await mintAuthority()) };
    },
    says: /"CN=example\.com": its issuer "CN=Middle" is neither among the roots/,
    hint: /Let the peer send the certificates between/,
  },
  {
    name: "the message names the missing authority above the last one",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority({ commonName: "Top" });
      const issuer = await mintAuthority({ commonName: "Middle", issuer: root });
      return {
        leaf: await mintCertificate(issuer, NAME),
        others: [issuer],
        roots: trust(await mintAuthority()),
      };
    },
    says: /the authority above "CN=Middle", "CN=Top", is neither/,
    hint: /Let the peer send its whole chain/,
  },
  {
    name: "the message says why an intermediate that was sent was not used",
    expected: "bad_serial_number",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({
        commonName: "Middle",
        issuer: root,
        serialNumber: Uint8Array.of(0x80),
      });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(root) };
    },
    says: /^Cannot accept certificate "CN=Middle": its serial number is negative$/,
    hint: undefined,
  },
  {
    name: "the message says that a certificate of the chain cannot be read",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ commonName: "Middle", issuer: root });
      const torn = { ...issuer, certDer: issuer.certDer.slice(0, -1) };
      return { leaf: await mintCertificate(issuer, NAME), others: [root, torn], roots: trust(root) };
    },
    says:
      /its issuer "CN=Middle" is neither.*; certificate 3 of the chain cannot be read: SEQUENCE at byte 0 has/,
    hint: /Let the peer send the certificates between/,
  },
  {
    name: "the hint says that the root was left out of the bundle, and why",
    expected: "unknown_issuer",
    chain: async () => {
      const extensions = [{ oid: "1.2.3.4", critical: true, value: sequence() }];
      const odd = await mintAuthority({ commonName: "Odd Root", extensions });
      const leaf = await mintCertificate(odd, NAME);
      return { leaf, roots: trust(await mintAuthority(), odd) };
    },
    says: /its issuer "CN=Odd Root" is neither among the roots/,
    hint:
      /^A root of that name was left out of the roots: Cannot trust certificate 2 "CN=Odd Root": its critical/,
  },
  {
    name: "the hint says that the root above an authority was left out of the bundle",
    expected: "unknown_issuer",
    chain: async () => {
      const extensions = [{ oid: "1.2.3.4", critical: true, value: sequence() }];
      const odd = await mintAuthority({ commonName: "Odd Root", extensions });
      const issuer = await mintAuthority({ commonName: "Middle", issuer: odd });
      const leaf = await mintCertificate(issuer, NAME);
      return { leaf, others: [issuer], roots: trust(await mintAuthority(), odd) };
    },
    says: /the authority above "CN=Middle", "CN=Odd Root", is neither among the roots/,
    hint: /^A root of that name was left out of the roots: Cannot trust certificate 2 "CN=Odd Root"/,
  },
  {
    name: "the message says how many authorities a root lets follow",
    expected: "path_length_exceeded",
    chain: async () => {
      const root = await mintAuthority({ pathLength: 0 });
      const issuer = await mintAuthority({ commonName: "Middle", issuer: root });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(root) };
    },
    says:
      /"CN=Middle": no authority may stand between an end entity and its issuer, a root, and there are 1$/,
    hint: undefined,
  },
  {
    name: "the message says how many authorities an authority lets follow",
    expected: "path_length_exceeded",
    chain: async () => {
      const root = await mintAuthority();
      const top = await mintAuthority({ commonName: "Top", issuer: root, pathLength: 1 });
      const others = [top];
      let issuer = top;
      for (let count = 0; count < 2; count++) others.push(issuer = await mintAuthority({ issuer }));
      return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
    },
    says: /"CN=Top": no more than 1 authorities may follow it, and there are 2$/,
    hint: undefined,
  },
  {
    name: "the message names an algorithm that is accepted no more",
    expected: "unsupported_signature_algorithm",
    chain: async () => {
      const root = await mintAuthority();
      const sha1 = sequence(oid("1.2.840.10045.4.1"));
      const signer = { ...root, key: { ...root.key, signatureAlgorithm: sha1 } };
      return { leaf: await mintCertificate(signer, NAME), roots: trust(root) };
    },
    says: /"CN=example\.com": it was made with ecdsa-with-SHA1, which is accepted no more$/,
    hint: undefined,
  },
  {
    name: "the message says that a key is too short",
    expected: "weak_public_key",
    chain: () => leafRow("", "", { keyType: "rsa1024" }).chain(),
    says: /its modulus has 1024 bits, not 2048 to 8192$/,
    hint: undefined,
  },
  {
    name: "the message says that the issuer's key is too short",
    expected: "weak_public_key",
    chain: async () => {
      const root = await mintAuthority({ keyType: "rsa1024" });
      return { leaf: await mintCertificate(root, NAME), roots: trust(root) };
    },
    says: /"CN=example\.com": of its issuer's key, its modulus has 1024 bits, not 2048 to 8192$/,
    hint: undefined,
  },
  {
    name: "the message names the root that is not trusted",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority({ commonName: "Top" });
      return { leaf: await mintCertificate(root, NAME), others: [root], roots: trust(await mintAuthority()) };
    },
    says: /the authority at the end of its chain, "CN=Top", is not among the roots/,
    hint: /if it is to be trusted/,
  },
  {
    name: "the message says that the key is the issuer's",
    expected: "unsupported_public_key",
    chain: () => withAnchor({ publicKey: sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(32))) }),
    says: /"CN=example\.com": of its issuer's key, its algorithm is 1\.2\.3\.4/,
    hint: undefined,
  },
  {
    name: "the message says that the certificate has signed itself",
    expected: "unknown_issuer",
    chain: async () => ({ leaf: await mintSelfSigned(NAME), roots: trust(await mintAuthority()) }),
    says: /it has signed itself, and is not among the roots/,
    hint: /add it to the roots if you know that it is the peer's/,
  },
  {
    name: "the hint says what becomes of a self-signed authority among the roots of a system",
    expected: "ca_used_as_end_entity",
    chain: async () => {
      const leaf = await mintSelfSigned({ ...NAME, isCa: true });
      const roots = RootCertStore.fromDer([]);
      roots.add(leaf.certDer, { authoritiesOnly: true });
      return { leaf, roots };
    },
    says: /it is an authority's, which must not be a peer's own/,
    hint:
      /^The roots have its name and key only as an authority's.*add the very certificate to roots of your own/,
  },
];

for (const { name, expected, chain, says, hint } of HINTS) {
  Deno.test(`verifyPath: ${name}`, async () => {
    const refusal = await refusalOf(await chain());
    assertEquals(refusal.code, expected);
    assertMatch(refusal.message, says);
    if (hint === undefined) assertEquals(refusal.hint, undefined);
    else assertMatch(refusal.hint ?? "", hint);
  });
}

Deno.test("verifyPath: the message shows 200 characters of a name, and none that could forge a line of a log", async () => {
  const commonName = "x".repeat(500) + "\nINFO all is well";
  const refusal = await refusalOf(await leafRow("", "", { commonName, ...EXPIRED }).chain());
  assert(refusal.message.length < 300);
  assertStringIncludes(refusal.subject ?? "", "\\0AINFO");
  assertEquals(parse(await mintSelfSigned({ commonName })).subject.length > 500, true);
});
