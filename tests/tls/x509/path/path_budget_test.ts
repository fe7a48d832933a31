/**
 * What a peer can do with certificates to keep the other end busy (RUSTSEC-2023-0053 and its kin), and where it ends.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import {
  MAX_CANDIDATE_PATHS,
  MAX_INTERMEDIATES_IN_PATH,
  MAX_INTERMEDIATES_OFFERED,
  MAX_NAME_COMPARISONS,
  MAX_PATH_STEPS,
  MAX_SIGNATURE_CHECKS,
} from "../../../../tls/x509/limits.ts";
import { PathBudget } from "../../../../tls/x509/path_budget.ts";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import { CertificateError } from "../../../../tls/x509/error.ts";
import { mintAuthority, mintCertificate, type Minted } from "../../../support/certificates.ts";
import { mintKey } from "../../../support/keys.ts";
import {
  countingCrypto,
  crossSign,
  nameConstraints,
  nameConstraintsValue,
  type Presented,
  refusalOf,
  trust,
  verdictOn,
} from "./path_support.ts";

const LEAF = { names: ["example.com"] };

/** Certificates of one name, each with a key of its own, all signed by `issuer`'s key. */
async function namesakes(count: number, commonName: string, issuer: Minted): Promise<Minted[]> {
  return await Promise.all(
    Array.from({ length: count }, () => mintAuthority({ commonName, keyType: "ed25519", issuer })),
  );
}

Deno.test("PathBudget: the limits have their figures", () => {
  assertEquals(
    [
      MAX_SIGNATURE_CHECKS,
      MAX_PATH_STEPS,
      MAX_CANDIDATE_PATHS,
      MAX_NAME_COMPARISONS,
      MAX_INTERMEDIATES_IN_PATH,
    ],
    [100, 200_000, 1000, 250_000, 6],
  );
});

Deno.test("PathBudget: each count can be spent to its end, and then throws its error", () => {
  const budget = new PathBudget({ signatures: 2, steps: 1, paths: 1 });
  budget.spendSignature();
  budget.spendSignature();
  budget.spendStep();
  budget.spendPath();
  const codes = [() => budget.spendSignature(), () => budget.spendStep(), () => budget.spendPath()].map(
    codeOf,
  );
  assertEquals(codes, [
    "maximum_signature_checks_exceeded",
    "maximum_path_build_calls_exceeded",
    "maximum_path_build_calls_exceeded",
  ]);
});

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CertificateError) return error.code;
    throw error;
  }
  return "accepted";
}

Deno.test("C-01: authorities of one name that signed each other cost a look each where none leads to a root", async () => {
  // Each may be the issuer of each, so that there are 63! paths; none ends in a root.
  const commonName = "one name";
  const first = await mintAuthority({ commonName, keyType: "ed25519" });
  const others = await namesakes(63, commonName, first);
  const provider = countingCrypto();
  const leaf = await mintCertificate(first, LEAF);
  const presented: Presented = {
    leaf,
    others: [first, ...others],
    roots: trust(await mintAuthority()),
    provider,
  };
  // Each is looked at as an issuer, is measured, and stands on the one path that is followed for the message.
  assertEquals(await verdictOn({ ...presented, limits: { steps: 64 + 65 + 64 * 65 } }), "unknown_issuer");
  assertEquals(provider.checks, 0);
});

Deno.test("C-02: a stranger with the names of a root and of its authorities pays for signatures, not for paths", async () => {
  const root = await mintAuthority({ commonName: "root", keyType: "ed25519" });
  const real = await mintAuthority({ commonName: "issuer", keyType: "ed25519", issuer: root });
  const stranger = await mintAuthority({ commonName: "issuer", keyType: "ed25519" });
  // Of some the issuer is said to be the root, of others the authority; none of them has signed anything.
  const under = async (commonName: string, issuer: Minted) =>
    await Promise.all(Array.from({ length: 20 }, async () => {
      const liar = await mintAuthority({
        commonName: issuer === root ? "root" : "issuer",
        keyType: "ed25519",
      });
      return await mintAuthority({ commonName, keyType: "ed25519", issuer: liar });
    }));
  const others = [
    ...await under("issuer", root),
    ...await under("issuer", real),
    ...await under("root", real),
    real,
  ];
  const provider = countingCrypto();
  const presented = { leaf: await mintCertificate(stranger, LEAF), others, roots: trust(root), provider };
  assertEquals(await verdictOn({ ...presented, limits: { steps: 40_000 } }), "bad_signature");
  assert(provider.checks <= MAX_SIGNATURE_CHECKS, `${provider.checks} signatures`);
});

Deno.test("C-03: path lengths that leave no path are seen without a search and without a signature check", async () => {
  // The one that leads to the root lets no authority follow, yet stands above at least two.
  const root = await mintAuthority({ keyType: "ed25519" });
  const top = await mintAuthority({ commonName: "a", keyType: "ed25519", issuer: root, pathLength: 0 });
  const b = await mintAuthority({ commonName: "b", keyType: "ed25519" });
  const others = [top, ...await namesakes(25, "a", b), ...await namesakes(25, "b", top)];
  const leaf = await mintCertificate(b, LEAF);
  const provider = countingCrypto();
  const presented = { leaf, others, roots: trust(root), provider };
  assertEquals(
    await verdictOn({ ...presented, limits: { steps: 500 } }),
    "path_length_exceeded",
  );
  assertEquals(provider.checks, 0);
});

Deno.test("verifyPath: signatures of an algorithm that is not accepted are tried once for each pair of keys", async () => {
  const commonName = "one name";
  const root = await mintAuthority({ commonName, keyType: "ed25519" });
  const presented = {
    leaf: await mintCertificate(root, LEAF),
    others: await namesakes(30, commonName, root),
    roots: trust(root),
    signatureAlgorithms: ["RSA_PSS_SHA256"] as const,
  };
  // A path each: that of the leaf, and those over one of the others.
  assertEquals(await verdictOn({ ...presented, limits: { paths: 31 } }), "unsupported_signature_algorithm");
});

Deno.test("verifyPath: under a root of that name each pair of keys is tried once, up to MAX_SIGNATURE_CHECKS", async () => {
  const commonName = "one name";
  const root = await mintAuthority({ commonName, keyType: "ed25519" });
  // All are signed by the root, and none by another: no path leads through two of them.
  const others = await namesakes(40, commonName, root);
  const provider = countingCrypto();
  const stranger = await mintAuthority({ commonName, keyType: "ed25519" });
  const leaf = await mintCertificate(stranger, LEAF);
  const code = await verdictOn({ leaf, others, roots: trust(root), provider });
  assertEquals(code, "bad_signature");
  // The leaf with the root's key and each of theirs, and each of theirs with the root's.
  assertEquals(provider.checks, 1 + 40 + 40);
});

Deno.test("C-02: the limit of signature checks ends the search", async () => {
  const commonName = "one name";
  const root = await mintAuthority({ commonName, keyType: "ed25519" });
  const others = await namesakes(60, commonName, root);
  const provider = countingCrypto();
  const leaf = await mintCertificate(await mintAuthority({ commonName, keyType: "ed25519" }), LEAF);
  const refusal = await refusalOf({ leaf, others, roots: trust(root), provider });
  assertEquals(refusal.code, "maximum_signature_checks_exceeded");
  assertEquals(provider.checks, MAX_SIGNATURE_CHECKS);
});

Deno.test("verifyPath: once a limit is exceeded no other path is tried, not even a valid one", async () => {
  const commonName = "one name";
  const root = await mintAuthority({ commonName, keyType: "ed25519" });
  const good = await mintAuthority({ commonName, keyType: "ed25519", issuer: root });
  const leaf = await mintCertificate(good, LEAF);
  const noise = await namesakes(3, commonName, root);
  const presented: Presented = { leaf, others: [...noise, good], roots: trust(root) };
  assertEquals(await verdictOn(presented), "accepted");
  assertEquals(
    await verdictOn({ ...presented, limits: { signatures: 4 } }),
    "maximum_signature_checks_exceeded",
  );
  assertEquals(await verdictOn({ ...presented, limits: { steps: 10 } }), "maximum_path_build_calls_exceeded");
  assertEquals(await verdictOn({ ...presented, limits: { paths: 3 } }), "maximum_path_build_calls_exceeded");
});

Deno.test("verifyPath: a name is formatted once, however many paths end at the certificate that has it", async () => {
  const commonName = "\u0001".repeat(2000);
  const root = await mintAuthority({ keyType: "ed25519" });
  const last = await mintAuthority({ commonName, issuer: root });
  const first = await mintAuthority({ commonName, keyType: "ed25519" });
  // Any of these may stand between the leaf and the last, in any order; and the last is refused each time.
  const others = await namesakes(7, commonName, first);
  const leaf = await mintCertificate(first, LEAF);
  const { decode } = TextDecoder.prototype;
  let decoded = 0;
  TextDecoder.prototype.decode = function (...args): string {
    decoded++;
    return decode.apply(this, args);
  };
  try {
    const code = await verdictOn({
      leaf,
      others: [...others, last],
      roots: trust(root),
      signatureAlgorithms: ["RSA_PSS_SHA256"],
    });
    assertEquals(code, "unsupported_signature_algorithm");
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  assert(decoded < 2 * MAX_INTERMEDIATES_OFFERED, `${decoded} texts were decoded`);
});

Deno.test("verifyPath: certificates of one name and key stand once in a path", async () => {
  const key = await mintKey("ed25519");
  const commonName = "one name";
  const extensions = [nameConstraints({ excluded: ["example.com"] })];
  const root = await mintAuthority({ commonName, key });
  const copies = await Promise.all(
    Array.from({ length: 20 }, () => mintAuthority({ commonName, key, issuer: root, extensions })),
  );
  const leaf = await mintCertificate(root, LEAF);
  const anchor = { subject: root.subject, publicKey: root.key.spki, nameConstraints: EXCLUDED };
  const presented = { leaf, others: copies, roots: RootCertStore.fromAnchors([anchor]) };
  // 21 paths: the leaf alone, and with each copy; none has two copies.
  assertEquals(await verdictOn({ ...presented, limits: { paths: 21 } }), "name_constraint_violation");
  assertEquals(
    await verdictOn({ ...presented, limits: { paths: 20 } }),
    "maximum_path_build_calls_exceeded",
  );
});

/** `NameConstraints` that exclude the name of every leaf. */
const EXCLUDED = nameConstraintsValue({ excluded: ["example.com"] });

Deno.test("verifyPath: a circle of three authorities that signed each other is searched once", async () => {
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((commonName) => mintAuthority({ commonName })));
  assert(a !== undefined && b !== undefined && c !== undefined);
  const others = [await crossSign(a, b, "a"), await crossSign(b, c, "b"), await crossSign(c, a, "c")];
  const presented = { leaf: await mintCertificate(a, LEAF), others, roots: trust(await mintAuthority()) };
  const refusal = await refusalOf({ ...presented, limits: { steps: 20 } });
  assertEquals(refusal.code, "unknown_issuer");
  assertStringIncludes(refusal.message, "issued each other in a circle");
});

Deno.test("C-01: more than MAX_INTERMEDIATES_OFFERED certificates are refused at once", async () => {
  const root = await mintAuthority();
  const leaf = await mintCertificate(root, LEAF);
  const one = await mintAuthority({ issuer: root });
  const many = (count: number) => Array.from({ length: count }, () => one);
  const roots = trust(root);
  assertEquals(await verdictOn({ leaf, others: many(MAX_INTERMEDIATES_OFFERED), roots }), "accepted");
  assertEquals(
    await verdictOn({ leaf, others: many(MAX_INTERMEDIATES_OFFERED + 1), roots }),
    "maximum_path_build_calls_exceeded",
  );
});

Deno.test("C-04: names times constraints end at MAX_NAME_COMPARISONS", async () => {
  const permitted = Array.from({ length: 600 }, (_, index) => `p${index}.example`);
  const excluded = Array.from({ length: 600 }, (_, index) => `x${index}.test`);
  const root = await mintAuthority({ extensions: [nameConstraints({ permitted, excluded })] });
  // Each name is found among the permitted ones last, and among the excluded ones not at all.
  const names = Array.from({ length: 600 }, (_, index) => `n${index}.p599.example`);
  const leaf = await mintCertificate(root, { names });
  assert(parseCertificate(leaf.certDer).subjectAltNames?.length === 600);
  const roots = trust(root);
  assertEquals(await verdictOn({ leaf, roots }), "maximum_name_constraint_comparisons_exceeded");
  assertEquals(await verdictOn({ leaf, roots, limits: { comparisons: 800_000 } }), "accepted");
});

Deno.test("verifyPath: all paths together are charged to one budget", async () => {
  const constraint = nameConstraints({ excluded: ["example.com"] });
  const root = await mintAuthority({ keyType: "ed25519" });
  const issuer = await mintAuthority({ commonName: "one name", keyType: "ed25519", issuer: root });
  const others = await Promise.all(
    Array.from(
      { length: 5 },
      () =>
        mintAuthority({ commonName: "one name", key: issuer.key, issuer: root, extensions: [constraint] }),
    ),
  );
  const presented = { leaf: await mintCertificate(issuer, LEAF), others, roots: trust(root) };
  assertEquals(await verdictOn(presented), "name_constraint_violation");
  assertEquals(
    await verdictOn({ ...presented, limits: { comparisons: 4 } }),
    "maximum_name_constraint_comparisons_exceeded",
  );
});

Deno.test("verifyPath: an authority that is excluded from a name ends at MAX_CANDIDATE_PATHS, though few signatures make many paths", async () => {
  // Three keys a layer, each with a certificate of each key of the layer above: three times the paths with every layer.
  const root = await mintAuthority({ keyType: "ed25519" });
  const extensions = [nameConstraints({ permitted: ["example.org"] })];
  const top = await mintAuthority({ commonName: "top", keyType: "ed25519", issuer: root, extensions });
  const others = [top];
  let above = [top];
  for (const commonName of ["upper", "middle", "lower", "lowest"]) {
    const made = await Promise.all([1, 2, 3].map(async () => {
      const key = await mintKey("ed25519");
      return await Promise.all(above.map((issuer) => mintAuthority({ commonName, key, issuer })));
    }));
    others.push(...made.flat());
    above = made.flatMap(([first]) => first ?? []);
  }
  const [issuer] = above;
  assert(issuer !== undefined);
  const provider = countingCrypto();
  const presented = { leaf: await mintCertificate(issuer, LEAF), others, roots: trust(root), provider };
  // 3 x 3 x 3 paths, and some that end where a signature is not the next one's.
  assertEquals(await verdictOn({ ...presented, limits: { paths: 26 } }), "maximum_path_build_calls_exceeded");
  assertEquals(await verdictOn(presented), "name_constraint_violation");
  // In each of the two searches no pair of certificate and key was checked twice.
  assert(provider.checks <= 2 * MAX_SIGNATURE_CHECKS);
  const permitted = await mintCertificate(issuer, { names: ["example.org"] });
  assertEquals(await verdictOn({ ...presented, leaf: permitted }), "accepted");
});
