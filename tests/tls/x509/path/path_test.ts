/** How certificates make a path: order, cross-signing, lengths, circles; and how providers check its signatures. */

import { assertEquals, assertRejects } from "@std/assert";
import { denoCrypto } from "../../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import { webCrypto } from "../../../../tls/crypto/web.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../../support/certificates.ts";
import type { KeyType } from "../../../support/keys.ts";
import { EXPIRED, leafRow, NAME, type PathRow } from "./path_rows.ts";
import {
  countingCrypto,
  crossSign,
  findPath,
  hoursFromNow,
  nameConstraints,
  type Presented,
  trust,
  verdictOn,
} from "./path_support.ts";

const SHAPES: readonly PathRow[] = [
  {
    name: "a chain out of order is put in order",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const upper = await mintAuthority({ issuer: root });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [upper, lower], roots: trust(root) };
    },
  },
  {
    name: "unrelated certificates do no harm",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ issuer: root });
      const others = [await mintAuthority(), issuer, await mintCertificate(root, NAME), root, issuer];
      return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
    },
  },
  {
    name: "an expired root is not looked at, though it is sent",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority(EXPIRED);
      return { leaf: await mintCertificate(root, NAME), others: [root], roots: trust(root) };
    },
  },
  {
    name: "an intermediate among the roots is a trust anchor",
    expected: "accepted",
    chain: async () => {
      const issuer = await mintAuthority({ issuer: await mintAuthority() });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(issuer) };
    },
  },
  {
    name: "a chain without its intermediate is refused",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ issuer: root });
      return { leaf: await mintCertificate(issuer, NAME), roots: trust(root) };
    },
  },
  {
    name: "a root that is sent and not trusted is refused",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority();
      return { leaf: await mintCertificate(root, NAME), others: [root], roots: trust(await mintAuthority()) };
    },
  },
  {
    name: "a root of the same name and another key is not the issuer",
    expected: "bad_signature",
    chain: async () => {
      const root = await mintAuthority({ commonName: "same" });
      const other = await mintAuthority({ commonName: "same" });
      return { leaf: await mintCertificate(root, NAME), roots: trust(other) };
    },
  },
  {
    name: "of two roots of one name the right one is found",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority({ commonName: "same" });
      const other = await mintAuthority({ commonName: "same" });
      return { leaf: await mintCertificate(root, NAME), roots: trust(other, root) };
    },
  },
  {
    name: "a cross-signed authority is reached by the path to a trusted root",
    expected: "accepted",
    chain: async () => {
      const [old, young] = [await mintAuthority(), await mintAuthority({ commonName: "young" })];
      const crossed = await crossSign(young, old, "young");
      return { leaf: await mintCertificate(young, NAME), others: [young, crossed], roots: trust(old) };
    },
  },
  {
    name: "of two certificates of an intermediate the one that is valid is found",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ commonName: "issuer", issuer: root, ...EXPIRED });
      const renewed = await mintAuthority({ commonName: "issuer", issuer: root, key: issuer.key });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer, renewed], roots: trust(root) };
    },
  },
  {
    name: "of two refused paths the expired one is reported, not the one without a root",
    expected: "expired",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ commonName: "issuer", issuer: root, ...EXPIRED });
      const astray = await mintAuthority({
        commonName: "issuer",
        issuer: await mintAuthority(),
        key: issuer.key,
      });
      return { leaf: await mintCertificate(issuer, NAME), others: [astray, issuer], roots: trust(root) };
    },
  },
  {
    name: "two authorities that signed each other are no path to a root",
    expected: "unknown_issuer",
    chain: async () => {
      const a = await mintAuthority({ commonName: "a" });
      const b = await mintAuthority({ commonName: "b" });
      const others = [await crossSign(a, b, "a"), await crossSign(b, a, "b")];
      return { leaf: await mintCertificate(a, NAME), others, roots: trust(await mintAuthority()) };
    },
  },
  {
    name: "pathLenConstraint 0 lets no authority follow",
    expected: "path_length_exceeded",
    chain: async () => {
      const root = await mintAuthority();
      const upper = await mintAuthority({ issuer: root, pathLength: 0 });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "pathLenConstraint 1 lets one authority follow",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const upper = await mintAuthority({ issuer: root, pathLength: 1 });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "a self-issued certificate does not count towards pathLenConstraint",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const old = await mintAuthority({ commonName: "issuer", issuer: root, pathLength: 0 });
      const young = await mintAuthority({ commonName: "issuer", issuer: old });
      return { leaf: await mintCertificate(young, NAME), others: [young, old], roots: trust(root) };
    },
  },
  {
    name: "a chain of 6 intermediates is accepted",
    expected: "accepted",
    chain: () => chainOf(6),
  },
  {
    name: "a chain of 7 intermediates is refused",
    expected: "maximum_path_depth_exceeded",
    chain: () => chainOf(7),
  },
  {
    name: "name constraints of an authority hold two certificates below it",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ excluded: ["example.com"] })];
      const upper = await mintAuthority({ issuer: root, extensions });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "name constraints are not applied to self-issued certificates, unless one is the last",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ permitted: ["example.com"] })];
      const old = await mintAuthority({ commonName: "issuer", issuer: root, extensions });
      const young = await mintAuthority({ commonName: "issuer", issuer: old, names: ["example.org"] });
      return { leaf: await mintCertificate(young, NAME), others: [young, old], roots: trust(root) };
    },
  },
];

async function chainOf(intermediates: number): Promise<Presented> {
  const root = await mintAuthority();
  const others: Minted[] = [];
  let issuer = root;
  for (let count = 0; count < intermediates; count++) others.push(issuer = await mintAuthority({ issuer }));
  return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
}

for (const { name, expected, chain } of SHAPES) {
  Deno.test(`verifyPath: ${name}: ${expected}`, async () =>
    assertEquals(await verdictOn(await chain()), expected));
}

const KEY_TYPES: readonly KeyType[] = ["p256", "p384", "rsa", "ed25519"];

for (const provider of [nodeCrypto(), webCrypto(), denoCrypto()]) {
  Deno.test(`verifyPath: ${provider.name} checks each kind of key, and finds each flipped bit`, async () => {
    for (const keyType of KEY_TYPES) {
      const root = await mintAuthority({ keyType });
      const issuer = await mintAuthority({ keyType, issuer: root });
      const leaf = await mintCertificate(issuer, NAME);
      const forged = await mintCertificate(issuer, { ...NAME, corruptSignature: true });
      const presented = { others: [issuer], roots: trust(root), provider };
      assertEquals(await verdictOn({ ...presented, leaf }), "accepted", keyType);
      assertEquals(await verdictOn({ ...presented, leaf: forged }), "bad_signature", keyType);
    }
  });
}

Deno.test("verifyPath: the path has the certificates it needs, the anchor, and the time in which all are valid", async () => {
  const root = await mintAuthority();
  const issuer = await mintAuthority({ issuer: root, notAfter: hoursFromNow(3) });
  const leaf = await mintCertificate(issuer, { ...NAME, notBefore: hoursFromNow(-0.5) });
  const path = await findPath({ leaf, others: [root, issuer], roots: trust(root) });
  assertEquals(path.chain.map(({ der }) => der), [leaf.certDer, issuer.certDer]);
  assertEquals(path.anchor.subject, root.subject);
  assertEquals(path.validity, { notBefore: hoursFromNow(-0.5), notAfter: hoursFromNow(3) });
});

Deno.test("verifyPath: a time that is no date is the caller's mistake", async () => {
  const presented = await leafRow("", "", {}).chain();
  await assertRejects(
    () => findPath({ ...presented, time: new Date(NaN) }),
    TypeError,
    "the time is no date",
  );
});

Deno.test("verifyPath: certificates without a path to a root cost no signature check", async () => {
  const provider = countingCrypto();
  const stranger = await mintAuthority();
  const issuer = await mintAuthority({ issuer: stranger });
  const presented = { others: [issuer, stranger], roots: trust(await mintAuthority()), provider };
  assertEquals(
    await verdictOn({ ...presented, leaf: await mintCertificate(issuer, NAME) }),
    "unknown_issuer",
  );
  assertEquals(provider.checks, 0);
});

Deno.test("verifyPath: an asynchronous provider is asked about all signatures of a path at once", async () => {
  const root = await mintAuthority();
  const issuer = await mintAuthority({ issuer: root });
  const leaf = await mintCertificate(issuer, NAME);
  let waiting = 0;
  const open = Promise.withResolvers<boolean>();
  const provider = {
    ...nodeCrypto(),
    verify: () => {
      if (++waiting === 2) open.resolve(true);
      return open.promise;
    },
  };
  assertEquals(await verdictOn({ leaf, others: [issuer], roots: trust(root), provider }), "accepted");
  assertEquals(waiting, 2);
});

Deno.test("verifyPath: a provider's rejection is passed on, and none is left unhandled", async () => {
  const root = await mintAuthority();
  const issuer = await mintAuthority({ issuer: root });
  const leaf = await mintCertificate(issuer, NAME);
  const provider = { ...nodeCrypto(), verify: () => Promise.reject(new Error("out of order")) };
  await assertRejects(
    () => findPath({ leaf, others: [issuer], roots: trust(root), provider }),
    Error,
    "out of order",
  );
});
