/** The trust anchor of a path: its constraints, its key, how far it is trusted, and certificates that are their own root. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { RevocationPolicy } from "../../../../tls/x509/revocation/revocation.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../../../support/certificates.ts";
import { mintCrl } from "../../../support/crls.ts";
import { bitString, oid, sequence } from "../../../support/der.ts";
import { EXPIRED, NAME, type PathRow, withAnchor } from "./path_rows.ts";
import {
  findPath,
  hoursFromNow,
  nameConstraints,
  nameConstraintsValue,
  type Presented,
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
    name: "a root's own path length of 0 lets a leaf follow",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority({ pathLength: 0 });
      return { leaf: await mintCertificate(root, NAME), roots: trust(root) };
    },
  },
  {
    name: "a root's own path length of 0 lets no authority follow",
    expected: "path_length_exceeded",
    chain: () => below(0, 1),
  },
  {
    name: "a root's own path length of 1 lets one authority follow",
    expected: "accepted",
    chain: () => below(1, 1),
  },
  {
    name: "a root's own path length of 1 lets no two authorities follow",
    expected: "path_length_exceeded",
    chain: () => below(1, 2),
  },
  {
    name: "a self-issued certificate does not count towards a root's own path length",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority({ commonName: "root", pathLength: 0 });
      const renewed = await mintAuthority({ commonName: "root", issuer: root });
      return { leaf: await mintCertificate(renewed, NAME), others: [renewed], roots: trust(root) };
    },
  },
  {
    name: "of two roots of one key the one without a path length is found",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority({ commonName: "root", pathLength: 0 });
      const wider = await mintAuthority({ commonName: "root", key: root.key });
      const issuer = await mintAuthority({ issuer: root });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(root, wider) };
    },
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

/** A leaf under so many authorities, under a root with this path length. */
async function below(pathLength: number, authorities: number): Promise<Presented> {
  const root = await mintAuthority({ pathLength });
  const others: Minted[] = [];
  let issuer = root;
  for (let count = 0; count < authorities; count++) others.push(issuer = await mintAuthority({ issuer }));
  return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
}

const ITSELF: readonly PathRow[] = [
  {
    name: "an authority's, as `openssl req -x509` makes it",
    expected: "accepted",
    chain: () => itself({ isCa: true, keyUsage: [], eku: [] }),
  },
  { name: "no authority's", expected: "accepted", chain: () => itself({}) },
  {
    name: "of a key that may sign certificates",
    expected: "accepted",
    chain: () => itself({ keyUsage: ["digitalSignature", "keyCertSign"] }),
  },
  {
    name: "signed by a stranger",
    expected: "accepted",
    chain: async () => {
      const leaf = await mintCertificate(await mintAuthority(), NAME);
      return { leaf, roots: trust(leaf) };
    },
  },
  {
    name: "whose signature is not right",
    expected: "accepted",
    chain: () => itself({ corruptSignature: true }),
  },
  {
    name: "with name constraints that exclude it",
    expected: "accepted",
    chain: () =>
      itself({ isCa: true, keyUsage: [], extensions: [nameConstraints({ excluded: ["example.com"] })] }),
  },
  {
    name: "that has expired",
    expected: "expired",
    chain: () => itself({ isCa: true, keyUsage: [], ...EXPIRED }),
  },
  {
    name: "that is not valid yet",
    expected: "not_yet_valid",
    chain: () => itself({ notBefore: hoursFromNow(2) }),
  },
  {
    name: "for clients alone",
    expected: "required_extended_key_usage_missing",
    chain: () => itself({ eku: ["clientAuth"] }),
  },
  {
    name: "whose key may not sign handshakes",
    expected: "digital_signature_not_allowed",
    chain: () => itself({ isCa: true }),
  },
  {
    name: "no authority's, with a bit of its signature changed since",
    expected: "end_entity_used_as_ca",
    chain: () => changed({}),
  },
  {
    name: "an authority's, with a bit of its signature changed since",
    expected: "ca_used_as_end_entity",
    chain: () => changed({ isCa: true, keyUsage: [], eku: [] }),
  },
  {
    name: "with revocation lists of another authority",
    expected: "accepted",
    chain: async () => {
      const crls = [await mintCrl(await mintAuthority())];
      return { ...await itself({}), revocation: new RevocationPolicy({ crls }) };
    },
  },
];

/** A certificate that is among the roots but for one bit. */
async function changed(options: CertificateOptions): Promise<Presented> {
  const { leaf, roots } = await itself(options);
  const certDer = leaf.certDer.slice();
  certDer[certDer.length - 1] = (certDer[certDer.length - 1] ?? 0) ^ 1;
  return { leaf: { ...leaf, certDer }, roots };
}

async function itself(options: CertificateOptions): Promise<Presented> {
  const leaf = await mintSelfSigned({ ...NAME, ...options });
  return { leaf, roots: trust(leaf) };
}

for (const { name, expected, chain } of ITSELF) {
  Deno.test(`C-09: a certificate among the roots of the caller, ${name}: ${expected}`, async () =>
    assertEquals(await verdictOn(await chain()), expected));
}

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
