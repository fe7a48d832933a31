/**
 * Checks certificates against revocation lists that the application provides (RFC 5280 §6.3).
 *
 * No list is fetched. A list counts if its signature was made with the key of the certificate's issuer. Of several lists
 * with the same scope the one with the highest number counts. A certificate that is on any list of its issuer is
 * revoked; one that is on none is good only if it is in the scope of one.
 *
 * @module
 */

import { copyOf } from "../../crypto/bytes.ts";
import { decodePemBlock, readPemBlocks } from "../../../io/pem.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { TlsError } from "../../error/tls_error.ts";
import { type Script, settle } from "../../../io/script.ts";
import { refusal } from "../checks.ts";
import { KeyUsage } from "../extensions.ts";
import { parseRevocationList, type RevocationList } from "./crl.ts";
import { isInScope } from "./crl_scope.ts";
import { CertificateError } from "../error.ts";
import { octetsToText, textOfOctets } from "../names/general_name.ts";
import { isBudgetExceeded, type PathBudget } from "../path_budget.ts";
import { checkSignature, type SignatureOptions } from "../signature_check.ts";
import type { Certificate, TrustAnchor } from "../types.ts";

/**
 * Options of the check for revoked certificates.
 *
 * @example Lists from a file, for those authorities that have one there
 * ```ts
 * import type { RevocationOptions } from "@ductile/ductile/tls";
 *
 * async function revocation(path: string): Promise<RevocationOptions> {
 *   return { crls: await Deno.readTextFile(path), unknownStatus: "allow", expiration: "enforce" };
 * }
 * ```
 */
export interface RevocationOptions {
  /** The revocation lists: PEM text with one `X509 CRL` block or more, or several such texts, or DER. */
  readonly crls: string | readonly (string | Uint8Array)[];
  /** Whether the certificates of authorities are checked as well; default: `chain`, they are. */
  readonly depth?: "chain" | "end_entity";
  /** The outcome for a certificate that is in the scope of no list; default: `deny`, it is refused. */
  readonly unknownStatus?: "deny" | "allow";
  /** Whether a list past its nextUpdate still counts; default: `ignore`, it does. With `enforce` its certificates are refused. */
  readonly expiration?: "ignore" | "enforce";
}

const OPTIONS: readonly (keyof RevocationOptions)[] = ["crls", "depth", "unknownStatus", "expiration"];

/** The time and the crypto provider with which lists are checked. */
export interface RevocationContext extends SignatureOptions {
  /** The time at which the lists must be current. */
  readonly time: Date;
}

/** {@linkcode RevocationOptions} that have been read; they do not change any more. */
export class RevocationPolicy {
  /** By issuer: lists of one scope, newest first. */
  readonly #byIssuer = new Map<string, RevocationList[][]>();
  readonly #wholeChain: boolean;
  readonly #denyUnknown: boolean;
  readonly #enforceExpiration: boolean;
  /** The keys that a list was found to be signed with; there are few, since they belong to authorities of one name. */
  readonly #signers = new WeakMap<CryptoProvider, Map<RevocationList, Set<string>>>();

  /**
   * Reads the lists.
   *
   * @throws {TlsError} `bad_revocation_list` when one cannot be read or is of a kind that is not supported;
   * `invalid_option` when there is none, or an option has no such value.
   */
  constructor(options: RevocationOptions) {
    const unknown = Object.keys(options).find((name) => !OPTIONS.some((known) => known === name));
    if (unknown !== undefined) {
      throw new TlsError("invalid_option", `Cannot check revocation: there is no option "${unknown}"`);
    }
    const { crls, depth = "chain", unknownStatus = "deny", expiration = "ignore" } = options;
    this.#wholeChain = choice("depth", depth, ["chain", "end_entity"]);
    this.#denyUnknown = choice("unknownStatus", unknownStatus, ["deny", "allow"]);
    this.#enforceExpiration = choice("expiration", expiration, ["enforce", "ignore"]);
    if (typeof crls !== "string" && !Array.isArray(crls)) {
      throw new TlsError("invalid_option", "Cannot check revocation: crls is neither PEM text nor a list");
    }
    const lists = (typeof crls === "string" ? [crls] : crls).flatMap(readLists);
    if (lists.length === 0) {
      throw new TlsError("invalid_option", "Cannot check revocation: crls has no revocation list");
    }
    this.#sort(lists);
  }

  /**
   * Looks for the certificates of a path on the lists, from the anchor down. Their signatures have been checked.
   *
   * @param chain From the end entity on, without the root.
   * @returns The time up to which the result holds; `undefined`: it has no end.
   * @throws {CertificateError} `revoked`, `unknown_revocation_status`, `expired_crl`, `bad_crl_signature`,
   * `issuer_not_crl_signer`, or the codes of a key that cannot be used or a budget that is used up.
   * @internal For path validation alone.
   */
  *check(
    chain: readonly Certificate[],
    anchor: TrustAnchor,
    context: RevocationContext,
    budget: PathBudget,
  ): Script<Date | undefined> {
    let until: Date | undefined;
    for (let index = this.#wholeChain ? chain.length - 1 : 0; index >= 0; index--) {
      const certificate = chain[index];
      if (certificate === undefined) break;
      const end = yield* this.#checkOne(certificate, chain[index + 1] ?? anchor, context, budget);
      if (end !== undefined && (until === undefined || end < until)) until = end;
    }
    return until;
  }

  *#checkOne(
    certificate: Certificate,
    issuer: Issuer,
    context: RevocationContext,
    budget: PathBudget,
  ): Script<Date | undefined> {
    let isKnown = false;
    let until: Date | undefined;
    let failure: CertificateError | undefined;
    for (const series of this.#byIssuer.get(textOfOctets(certificate.issuer)) ?? []) {
      budget.spendStep();
      const isAbout = isInScope(certificate, series[0]?.scope);
      for (const list of series) {
        budget.spendStep();
        const revocation = list.find(certificate.serialNumber);
        if (revocation === undefined && !isAbout) break;
        const refused = yield* this.#checkList(list, certificate, issuer, context, budget);
        if (refused !== undefined) {
          // The list may be another key's, of an authority of the same name: the next list may be this issuer's.
          if (isAbout) failure ??= refused;
          continue;
        }
        if (revocation !== undefined) {
          const because = revocation.reason === undefined ? "" : ` (${revocation.reason})`;
          throw refusal(
            certificate,
            "revoked",
            `it was revoked on ${revocation.date.toISOString()}${because}`,
          );
        }
        if (this.#enforceExpiration && context.time >= list.nextUpdate) {
          failure ??= refusal(
            certificate,
            "expired_crl",
            `its issuer's revocation list was to be renewed by ${list.nextUpdate.toISOString()}`,
          );
        } else {
          isKnown = true;
          const end = this.#enforceExpiration ? new Date(list.nextUpdate.getTime() - 1) : undefined;
          if (end !== undefined && (until === undefined || end > until)) until = end;
        }
        break;
      }
    }
    if (isKnown) return until;
    if (failure !== undefined) throw failure;
    if (!this.#denyUnknown) return undefined;
    throw refusal(certificate, "unknown_revocation_status", "it is in the scope of no revocation list");
  }

  /** Checks that a list is its issuer's. An error that ends the search is thrown; one of this list alone is returned. */
  *#checkList(
    list: RevocationList,
    certificate: Certificate,
    issuer: Issuer,
    context: RevocationContext,
    budget: PathBudget,
  ): Script<CertificateError | undefined> {
    // "If a key usage extension is present in the CRL issuer's certificate, verify that the cRLSign bit is set."
    // (RFC 5280 §6.3.3 (f))
    if (issuer.keyUsage !== undefined && (issuer.keyUsage & KeyUsage.cRLSign) === 0) {
      return refusal(certificate, "issuer_not_crl_signer", "its issuer's key may not sign revocation lists");
    }
    const signers = this.#signersOf(list, context.provider);
    const key = textOfOctets(issuer.publicKey);
    if (signers.has(key)) return undefined;
    try {
      const verdict = checkSignature(list, issuer.publicKey, context, budget);
      if ((yield* settle(verdict)) === true) {
        signers.add(key);
        return undefined;
      }
    } catch (error) {
      if (!(error instanceof CertificateError) || isBudgetExceeded(error)) throw error;
    }
    return refusal(
      certificate,
      "bad_crl_signature",
      "the signature of its issuer's revocation list was not made with its issuer's key",
    );
  }

  #signersOf(list: RevocationList, provider: CryptoProvider): Set<string> {
    let byList = this.#signers.get(provider);
    if (byList === undefined) this.#signers.set(provider, byList = new Map());
    let signers = byList.get(list);
    if (signers === undefined) byList.set(list, signers = new Set());
    return signers;
  }

  /** Puts lists of one issuer and scope side by side, the newest first. */
  #sort(lists: readonly RevocationList[]): void {
    const byScope = new Map<string, RevocationList[]>();
    for (const list of lists) {
      const issuer = octetsToText(list.issuer);
      // DER says where it ends, so that no two pairs look alike.
      const key = issuer + scopeOf(list);
      let series = byScope.get(key);
      if (series === undefined) {
        byScope.set(key, series = []);
        const all = this.#byIssuer.get(issuer);
        if (all === undefined) this.#byIssuer.set(issuer, [series]);
        else all.push(series);
      }
      series.push(list);
    }
    for (const series of byScope.values()) series.sort(byAge);
  }
}

/** The issuer of a certificate: another certificate, or an anchor. */
type Issuer = Pick<TrustAnchor, "publicKey" | "keyUsage">;

/** Lists that differ in this do not follow one another: they are about other certificates, or of another key. */
function scopeOf({ scope, authorityKeyIdentifier }: RevocationList): string {
  const text = (der: Uint8Array | undefined) => der === undefined ? "" : octetsToText(der);
  return `${text(scope?.der)} ${text(authorityKeyIdentifier)}`;
}

/** Orders lists: the newest first, of which the number is the highest. */
function byAge(a: RevocationList, b: RevocationList): number {
  if (a.number.length !== b.number.length) return b.number.length - a.number.length;
  for (const [index, octet] of a.number.entries()) {
    const other = b.number[index] ?? 0;
    if (octet !== other) return other - octet;
  }
  return b.thisUpdate.getTime() - a.thisUpdate.getTime();
}

function readLists(crl: string | Uint8Array): RevocationList[] {
  if (typeof crl !== "string") return [parseRevocationList(copyOf(crl))];
  try {
    const blocks = readPemBlocks(crl).filter(({ label }) => label === "X509 CRL");
    if (blocks.length === 0) throw new SyntaxError('Cannot read PEM: it has no "X509 CRL" block');
    return blocks.map((block) => parseRevocationList(decodePemBlock(block)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TlsError("bad_revocation_list", error.message, { cause: error });
  }
}

/** Whether an option has the first of its two values. */
function choice(option: string, value: string, [yes, no]: readonly [string, string]): boolean {
  if (value === yes || value === no) return value === yes;
  throw new TlsError(
    "invalid_option",
    `Cannot check revocation: ${option} is ${JSON.stringify(value)}, not "${yes}" or "${no}"`,
  );
}
