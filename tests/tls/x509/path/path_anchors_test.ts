/** The trust anchor of a path: its constraints, its key, how far it is trusted, and certificates that are their own root. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate, mintSelfSigned } from "../../../support/certificates.ts";
import { bitString, oid, sequence } from "../../../support/der.ts";
import { NAME, type PathRow, withAnchor } from "./path_rows.ts";
import {
  findPath,
  hoursFromNow,
  nameConstraints,
  nameConstraintsValue,
  refusalOf,
  trust,
  verdictOn,
} from "./path_support.ts";

const ANCHORS: readonly PathRow[] = [
  {
    name: "a key of the issuer's that does not go with the signature is refused",
    expected: "unsupported_signature_algorithm",
    chain: () =>
      withAnchor({ publicKey: sequence(sequence(oid("1.3.101.112")), bitString(new Uint8Array(32))) }),
  },
  {
    name: "a key of the issuer's of a kind that is not known is refused",
    expected: "unsupported_public_key",
    chain: () => withAnchor({ publicKey: sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(32))) }),
  },
  {
    name: "name constraints in a root certificate hold",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority({ extensions: [nameConstraints({ permitted: ["example.org"] })] });
      return { leaf: await mintCertificate(root, NAME), roots: trust(root) };
    },
  },
  {
    name: "a name that constraints of the anchor permit is accepted",
    expected: "accepted",
    chain: () => withAnchor({ nameConstraints: nameConstraintsValue({ permitted: [".com"] }) }),
  },
  {
    name: "a name that constraints of the anchor do not permit is refused",
    expected: "name_constraint_violation",
    chain: () => withAnchor({ nameConstraints: nameConstraintsValue({ permitted: [".tr"] }) }),
  },
  {
    name: "distrustAfter of an anchor lets pass what was issued before it",
    expected: "accepted",
    chain: () => withAnchor({ distrustAfter: hoursFromNow(1) }),
  },
  {
    name: "distrustAfter of an anchor refuses what was issued after it",
    expected: "distrusted_root",
    chain: () => withAnchor({ distrustAfter: hoursFromNow(-2) }),
  },
  {
    name: "an anchor with distrustAfter and the same without is trusted without",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const [anchor] = trust(root);
      assert(anchor !== undefined);
      const roots = RootCertStore.fromAnchors([{ ...anchor, distrustAfter: hoursFromNow(-2) }, anchor]);
      return { leaf: await mintCertificate(root, NAME), roots };
    },
  },
];

for (const { name, expected, chain } of ANCHORS) {
  Deno.test(`verifyPath: ${name}: ${expected}`, async () =>
    assertEquals(await verdictOn(await chain()), expected));
}

Deno.test("verifyPath: a self-signed certificate among the roots that is no authority's is accepted", async () => {
  // Its name is among the roots with its key, so its signature is that of a root.
  const leaf = await mintSelfSigned(NAME);
  const path = await findPath({ leaf, roots: trust(leaf) });
  assertEquals(path.chain.length, 1);
});

Deno.test("verifyPath: a self-signed certificate among the roots that is no authority's certifies no other", async () => {
  const server = await mintSelfSigned({ names: ["router.example"] });
  const roots = trust(server);
  const forged = await mintCertificate(server, NAME);
  const refusal = await refusalOf({ leaf: forged, roots });
  assertEquals(refusal.code, "end_entity_used_as_ca");
  assertMatch(refusal.message, /trusted for one certificate alone, its own/);
  const commonName = "router.example";
  const again = await mintSelfSigned({ ...NAME, commonName, key: server.key });
  assertEquals(await verdictOn({ leaf: again, roots }), "end_entity_used_as_ca");
  // Nor below an authority of its own making, nor when the store is copied.
  const authority = await mintAuthority({ issuer: server });
  const below = await mintCertificate(authority, NAME);
  const copy = RootCertStore.fromAnchors(roots);
  assertEquals(await verdictOn({ leaf: below, others: [authority], roots: copy }), "end_entity_used_as_ca");
  assertEquals(await verdictOn({ leaf: server, roots: copy }), "accepted");
});
