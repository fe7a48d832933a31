/**
 * Every crypto provider against the vectors of C2SP/wycheproof: forged tags, points off the curve, signatures that
 * are almost DER, keys that are almost keys.
 *
 * A vector is `valid`, `invalid` or `acceptable`; what is done with the last kind is written in {@linkcode POLICY}.
 * What a vector asks for that TLS cannot ask of a provider is counted as not applicable, with the reason.
 *
 * @module
 */

import { denoCrypto } from "../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../tls/crypto/provider.ts";
import { webCrypto } from "../../tls/crypto/web.ts";
import { report, Tally, type Tell, type Totals } from "./suite.ts";
import { CHECKS, type Group, NotApplicable, type Vector } from "./wycheproof_checks.ts";

/** The name of the folder in FOLDER. */
export const data = "wycheproof";

/** Checks every vector in `folder`/wycheproof with each provider. */
export async function run(folder: string, tell: Tell = report): Promise<Totals> {
  const files = (await Array.fromAsync(Deno.readDir(`${folder}/${data}`)))
    .map(({ name }) => name).filter((name) => name.endsWith(".json")).sort();
  const totals = { passed: 0, failed: 0 };
  for (const provider of [nodeCrypto(), webCrypto(), denoCrypto()]) {
    const tally = new Tally(tell);
    const skipped = new Map<string, number>();
    for (const name of files) {
      // The files' own schemas say that this is what they hold.
      const file = JSON.parse(await Deno.readTextFile(`${folder}/${data}/${name}`)) as VectorFile;
      await checkFile(name, file, provider, tally, skipped);
    }
    const { passed, failed } = tally.totals;
    tell(`wycheproof: ${provider.name}: ${passed} passed, ${failed} failed`);
    for (const [reason, count] of skipped) {
      tell(`wycheproof: ${provider.name}: ${count} not applicable: ${reason}`);
    }
    totals.passed += passed;
    totals.failed += failed;
  }
  return totals;
}

interface VectorFile {
  readonly algorithm: string;
  readonly testGroups: readonly Group[];
}

async function checkFile(
  name: string,
  file: VectorFile,
  provider: CryptoProvider,
  tally: Tally,
  skipped: Map<string, number>,
): Promise<void> {
  for (const group of file.testGroups) {
    for (const vector of group.tests) {
      try {
        const accepted = await verdict(provider, file.algorithm, group, vector);
        await tally.check(`${provider.name}, ${name}, tcId ${vector.tcId}`, () => compare(vector, accepted));
      } catch (error) {
        if (error instanceof NotApplicable) {
          skipped.set(error.message, (skipped.get(error.message) ?? 0) + 1);
          continue;
        }
        // A provider answers with `null` or `false`; whatever it throws at a vector is a failure.
        await tally.check(`${provider.name}, ${name}, tcId ${vector.tcId}`, () => {
          throw error;
        });
      }
    }
  }
}

async function verdict(
  provider: CryptoProvider,
  algorithm: string,
  group: Group,
  vector: Vector,
): Promise<boolean> {
  const check = CHECKS[group.type];
  if (check === undefined) throw new TypeError(`Cannot check vectors of type "${group.type}"`);
  return await check(provider, group, vector, algorithm);
}

/**
 * What is done with vectors that an implementation may accept or refuse, by flag. A vector is refused if one of its
 * flags says so.
 */
const POLICY: Readonly<Record<string, "accept" | "refuse">> = {
  // RFC 8017 §9.2 compares with an encoding that has the NULL.
  MissingNull: "refuse",
  // "legacy_form = 4" (RFC 9846 §4.3.8.2): points are not compressed.
  CompressedPoint: "refuse",
  CompressedPublic: "refuse",
  // An all-zero secret "MUST" end the handshake (RFC 9846 §7.4.2), and points of low order lead to nothing else.
  LowOrderPublic: "refuse",
  ZeroSharedSecret: "refuse",
  // RFC 7748 §5 computes with points of the twist, and with coordinates over the prime, as with any other.
  EdgeCaseMultiplication: "accept",
  EdgeCaseShared: "accept",
  Ktv: "accept",
  NonCanonicalPublic: "accept",
  SmallPublicKey: "accept",
  SpecialPublicKey: "accept",
  Twist: "accept",
};

function compare({ result, flags, comment }: Vector, accepted: boolean): void {
  const expected = result === "valid" || (result === "acceptable" && flags.every(allows));
  if (accepted !== expected) {
    const what = `${result} (${[...flags, comment].filter(Boolean).join(", ")})`;
    throw new Error(`Expected to ${expected ? "accept" : "refuse"} it, as it is ${what}`);
  }
}

function allows(flag: string): boolean {
  const policy = POLICY[flag];
  if (policy === undefined) {
    throw new Error(`There is no policy for vectors that are acceptable for "${flag}"`);
  }
  return policy === "accept";
}
