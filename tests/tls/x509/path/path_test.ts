import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { denoCrypto } from "../../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import { webCrypto } from "../../../../tls/crypto/web.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import type { TrustAnchor } from "../../../../tls/x509/types.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
  mintSelfSigned,
} from "../../../support/certificates.ts";
import { bitString, oid, sequence } from "../../../support/der.ts";
import type { KeyType } from "../../../support/keys.ts";
import {
  countingCrypto,
  crossSign,
  findPath,
  hoursFromNow,
  nameConstraints,
  nameConstraintsValue,
  parse,
  type Presented,
  refusalOf,
  trust,
  verdictOn,
} from "./path_support.ts";

const NAME: CertificateOptions = { names: ["example.com"] };

interface Row {
  readonly name: string;
  readonly expected: string;
  readonly chain: () => Promise<Presented>;
}

/** A leaf under a root. */
function leafRow(
  name: string,
  expected: string,
  leaf: CertificateOptions,
  options: Partial<Presented> = {},
): Row {
  return {
    name,
    expected,
    chain: async () => {
      const root = await mintAuthority();
      return { leaf: await mintCertificate(root, { ...NAME, ...leaf }), roots: trust(root), ...options };
    },
  };
}

/** A leaf under an intermediate under a root. */
function intermediateRow(
  name: string,
  expected: string,
  intermediate: CertificateOptions,
  leaf: CertificateOptions = {},
  options: Partial<Presented> = {},
): Row {
  return {
    name,
    expected,
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ ...intermediate, issuer: root });
      return {
        leaf: await mintCertificate(issuer, { ...NAME, ...leaf }),
        others: [issuer],
        roots: trust(root),
        ...options,
      };
    },
  };
}

const UNKNOWN_CRITICAL = { extensions: [{ oid: "1.3.6.1.4.1.55555.1", critical: true, value: sequence() }] };
const EMPTY_PURPOSES: CertificateOptions = { eku: [], extensions: [{ oid: "2.5.29.37", value: sequence() }] };
const EXPIRED: CertificateOptions = { notBefore: hoursFromNow(-4), notAfter: hoursFromNow(-2) };
const NOT_YET: CertificateOptions = { notBefore: hoursFromNow(2) };

const CHECKS: readonly Row[] = [
  leafRow("a certificate under a root is accepted", "accepted", {}),
  leafRow("one that has expired is refused", "expired", EXPIRED),
  leafRow("one whose time has not come is refused", "not_yet_valid", NOT_YET),
  leafRow("one is valid in the second in which it begins", "accepted", { notBefore: hoursFromNow(2) }, {
    time: hoursFromNow(2),
  }),
  leafRow("one is valid to the end of its last second", "accepted", { notAfter: hoursFromNow(2) }, {
    time: new Date(hoursFromNow(2).getTime() + 999),
  }),
  leafRow("one is not valid in the second after its last", "expired", { notAfter: hoursFromNow(2) }, {
    time: new Date(hoursFromNow(2).getTime() + 1000),
  }),
  leafRow(
    "a critical extension that is not known is refused",
    "unhandled_critical_extension",
    UNKNOWN_CRITICAL,
  ),
  leafRow("an authority's certificate is not a server's", "ca_used_as_end_entity", { isCa: true, eku: [] }),
  leafRow("a server's key may not sign certificates", "end_entity_is_cert_signer", {
    keyUsage: ["digitalSignature", "keyCertSign"],
  }),
  leafRow("a server's key has to sign handshakes", "digital_signature_not_allowed", {
    keyUsage: ["keyEncipherment"],
  }),
  leafRow("a server's key need not say what it may do", "accepted", { keyUsage: [] }),
  leafRow("a list of purposes without one is refused", "empty_extended_key_usage", EMPTY_PURPOSES),
  leafRow("a client's certificate is not a server's", "required_extended_key_usage_missing", {
    eku: ["clientAuth"],
  }),
  leafRow("a server's certificate is not a client's", "required_extended_key_usage_missing", {
    eku: ["serverAuth"],
  }, {
    purpose: "client_auth",
  }),
  leafRow("a client's certificate is accepted as such", "accepted", { eku: ["clientAuth"] }, {
    purpose: "client_auth",
  }),
  leafRow("a certificate without purposes is good for any", "accepted", { eku: [] }),
  leafRow("a signature that does not verify is refused", "bad_signature", { corruptSignature: true }),
  leafRow("an algorithm that is not accepted is refused", "unsupported_signature_algorithm", {}, {
    signatureAlgorithms: ["ED25519"],
  }),
  intermediateRow("a chain over an intermediate is accepted", "accepted", {}),
  intermediateRow("an intermediate that has expired is refused", "expired", EXPIRED),
  intermediateRow("an intermediate whose time has not come is refused", "not_yet_valid", NOT_YET),
  intermediateRow("an intermediate that is no authority is refused", "end_entity_used_as_ca", {
    isCa: false,
    keyUsage: ["keyCertSign"],
  }),
  intermediateRow(
    "an intermediate whose key may not sign certificates is refused",
    "issuer_not_cert_signer",
    {
      keyUsage: ["digitalSignature", "cRLSign"],
    },
  ),
  intermediateRow("an intermediate need not say what its key may do", "accepted", { keyUsage: [] }),
  intermediateRow(
    "an intermediate's critical extension that is not known is refused",
    "unhandled_critical_extension",
    UNKNOWN_CRITICAL,
  ),
  intermediateRow(
    "an intermediate for clients issues none for servers",
    "required_extended_key_usage_missing",
    {
      eku: ["clientAuth"],
    },
  ),
  intermediateRow("an intermediate for servers issues some", "accepted", { eku: ["serverAuth"] }),
  intermediateRow(
    "an intermediate's empty list of purposes is refused",
    "empty_extended_key_usage",
    EMPTY_PURPOSES,
  ),
  intermediateRow("an intermediate's signature that does not verify is refused", "bad_signature", {
    corruptSignature: true,
  }),
  intermediateRow("an intermediate may have a path length of 0", "accepted", { pathLength: 0 }),
  intermediateRow("a name that an intermediate is permitted is accepted", "accepted", {
    extensions: [nameConstraints({ permitted: ["example.com"] })],
  }),
  intermediateRow("a name that an intermediate is not permitted is refused", "name_constraint_violation", {
    extensions: [nameConstraints({ permitted: ["example.org"] })],
  }),
  intermediateRow("a name that an intermediate is excluded from is refused", "name_constraint_violation", {
    extensions: [nameConstraints({ excluded: ["example.com"] })],
  }),
  intermediateRow(
    "a wildcard that is wider than a permitted name is refused",
    "name_constraint_violation",
    { extensions: [nameConstraints({ permitted: ["a.example.com"] })] },
    { names: ["*.example.com"] },
  ),
];

const SHAPES: readonly Row[] = [
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
    name: "certificates that have nothing to do with it do no harm",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ issuer: root });
      const others = [await mintAuthority(), issuer, await mintCertificate(root, NAME), root, issuer];
      return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
    },
  },
  {
    name: "a root that is sent along is not asked",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority(EXPIRED);
      return { leaf: await mintCertificate(root, NAME), others: [root], roots: trust(root) };
    },
  },
  {
    name: "an intermediate that is trusted itself is a root",
    expected: "accepted",
    chain: async () => {
      const issuer = await mintAuthority({ issuer: await mintAuthority() });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(issuer) };
    },
  },
  {
    name: "an intermediate that is missing is missed",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ issuer: root });
      return { leaf: await mintCertificate(issuer, NAME), roots: trust(root) };
    },
  },
  {
    name: "a root that is not trusted is of no use, though it is sent",
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
    name: "a cross-signed authority is reached by the way that is trusted",
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
    name: "an expired way is told before one that leads nowhere",
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
    name: "two authorities that signed each other lead nowhere",
    expected: "unknown_issuer",
    chain: async () => {
      const a = await mintAuthority({ commonName: "a" });
      const b = await mintAuthority({ commonName: "b" });
      const others = [await crossSign(a, b, "a"), await crossSign(b, a, "b")];
      return { leaf: await mintCertificate(a, NAME), others, roots: trust(await mintAuthority()) };
    },
  },
  {
    name: "a path length of 0 lets no authority follow",
    expected: "path_length_exceeded",
    chain: async () => {
      const root = await mintAuthority();
      const upper = await mintAuthority({ issuer: root, pathLength: 0 });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "a path length of 1 lets one authority follow",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const upper = await mintAuthority({ issuer: root, pathLength: 1 });
      const lower = await mintAuthority({ issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "a certificate that an authority issued to itself does not count towards the path length",
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
    name: "constraints of an authority hold for what is two steps below it",
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
    name:
      "constraints do not hold for a certificate that an authority issued to itself, unless it is the last",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ permitted: ["example.com"] })];
      const old = await mintAuthority({ commonName: "issuer", issuer: root, extensions });
      const young = await mintAuthority({ commonName: "issuer", issuer: old, names: ["example.org"] });
      return { leaf: await mintCertificate(young, NAME), others: [young, old], roots: trust(root) };
    },
  },
  {
    name: "a key of the issuer's that does not go with the signature is refused",
    expected: "unsupported_signature_algorithm",
    chain: () =>
      imposed({ publicKey: sequence(sequence(oid("1.3.101.112")), bitString(new Uint8Array(32))) }),
  },
  {
    name: "a key of the issuer's of a kind that is not known is refused",
    expected: "unsupported_public_key",
    chain: () => imposed({ publicKey: sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(32))) }),
  },
  {
    name: "constraints of a root hold",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority({ extensions: [nameConstraints({ permitted: ["example.org"] })] });
      return { leaf: await mintCertificate(root, NAME), roots: trust(root) };
    },
  },
  {
    name: "a name that an imposed constraint permits is accepted",
    expected: "accepted",
    chain: () => imposed({ nameConstraints: nameConstraintsValue({ permitted: [".com"] }) }),
  },
  {
    name: "a name that an imposed constraint does not permit is refused",
    expected: "name_constraint_violation",
    chain: () => imposed({ nameConstraints: nameConstraintsValue({ permitted: [".tr"] }) }),
  },
  {
    name: "a root that is distrusted later is good for what was issued before",
    expected: "accepted",
    chain: () => imposed({ distrustAfter: hoursFromNow(1) }),
  },
  {
    name: "a root that is distrusted is not good for what was issued after",
    expected: "distrusted_root",
    chain: () => imposed({ distrustAfter: hoursFromNow(-2) }),
  },
  {
    name: "a root that is trusted in part and in full is trusted in full",
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

async function chainOf(intermediates: number): Promise<Presented> {
  const root = await mintAuthority();
  const others: Minted[] = [];
  let issuer = root;
  for (let count = 0; count < intermediates; count++) others.push(issuer = await mintAuthority({ issuer }));
  return { leaf: await mintCertificate(issuer, NAME), others, roots: trust(root) };
}

/** A leaf under a root that is trusted in part. */
async function imposed(
  limits: Partial<TrustAnchor>,
): Promise<Presented> {
  const root = await mintAuthority();
  const [anchor] = trust(root);
  assert(anchor !== undefined);
  return {
    leaf: await mintCertificate(root, NAME),
    roots: RootCertStore.fromAnchors([{ ...anchor, ...limits }]),
  };
}

for (const { name, expected, chain } of [...CHECKS, ...SHAPES]) {
  Deno.test(`verifyPath: ${name}`, async () => assertEquals(await verdictOn(await chain()), expected));
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

Deno.test("verifyPath: the path has what was used, and the time for which it holds", async () => {
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

Deno.test("verifyPath: what only the peer vouches for costs no signature check", async () => {
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

Deno.test("verifyPath: what a provider rejects with is passed on, and nothing is left unhandled", async () => {
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

const HINTS: readonly (Row & { readonly says: RegExp; readonly hint: RegExp | undefined })[] = [
  {
    ...leafRow("a date that is over is told", "expired", EXPIRED),
    says: /^Cannot accept certificate "CN=example\.com": it expired on 20[0-9-]+T[0-9:]+\.000Z$/,
    hint: undefined,
  },
  {
    name: "the issuer that is missing is told",
    expected: "unknown_issuer",
    chain: async () => {
      const issuer = await mintAuthority({ commonName: "Middle", issuer: await mintAuthority() });
      return { leaf: await mintCertificate(issuer, NAME), roots: trust(await mintAuthority()) };
    },
    says: /"CN=example\.com": its issuer "CN=Middle" is neither among the roots/,
    hint: /Let the peer send the certificates between/,
  },
  {
    name: "the authority above the last one is told",
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
    name: "the root that is not trusted is told",
    expected: "unknown_issuer",
    chain: async () => {
      const root = await mintAuthority({ commonName: "Top" });
      return { leaf: await mintCertificate(root, NAME), others: [root], roots: trust(await mintAuthority()) };
    },
    says: /the authority at the end of its chain, "CN=Top", is not among the roots/,
    hint: /if it is to be trusted/,
  },
  {
    name: "the issuer's key is called that",
    expected: "unsupported_public_key",
    chain: () => imposed({ publicKey: sequence(sequence(oid("1.2.3.4")), bitString(new Uint8Array(32))) }),
    says: /"CN=example\.com": of its issuer's key, its algorithm is 1\.2\.3\.4/,
    hint: undefined,
  },
  {
    name: "a self-signed certificate is called that",
    expected: "unknown_issuer",
    chain: async () => ({ leaf: await mintSelfSigned(NAME), roots: trust(await mintAuthority()) }),
    says: /it has signed itself, and is not among the roots/,
    hint: /know the peer by its fingerprint, in a verifier/,
  },
  {
    name: "a self-signed certificate among the roots vouches for others, not for itself",
    expected: "ca_used_as_end_entity",
    chain: async () => {
      const leaf = await mintSelfSigned({ ...NAME, isCa: true });
      return { leaf, roots: trust(leaf) };
    },
    says: /it is an authority's, which must not be a peer's own/,
    hint: /^A root that is an authority certifies others, not itself.*CA:FALSE/,
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

Deno.test("verifyPath: a self-signed certificate that is no authority's vouches for itself only as a root does", async () => {
  // Its name is among the roots with its key, so its signature is that of a root.
  const leaf = await mintSelfSigned(NAME);
  const path = await findPath({ leaf, roots: trust(leaf) });
  assertEquals(path.chain.length, 1);
});

Deno.test("verifyPath: a server's own certificate among the roots vouches for nothing that the server signs", async () => {
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

Deno.test("verifyPath: an error shows only so much of a name, and nothing that forges a line", async () => {
  const commonName = "x".repeat(500) + "\nINFO all is well";
  const refusal = await refusalOf(await leafRow("", "", { commonName, ...EXPIRED }).chain());
  assert(refusal.message.length < 300);
  assertStringIncludes(refusal.subject ?? "", "\\0AINFO");
  assertEquals(parse(await mintSelfSigned({ commonName })).subject.length > 500, true);
});
