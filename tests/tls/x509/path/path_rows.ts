/**
 * Rows of tables of certification paths: what is minted, and what comes of it.
 *
 * @module
 */

import { assert } from "@std/assert";
import { RootCertStore } from "../../../../tls/x509/root_cert_store.ts";
import type { TrustAnchor } from "../../../../tls/x509/types.ts";
import { type CertificateOptions, mintAuthority, mintCertificate } from "../../../support/certificates.ts";
import { hoursFromNow, type Presented, trust } from "./path_support.ts";

/** The name of all end entities. */
export const NAME: CertificateOptions = { names: ["example.com"] };

/** A row of a table of paths. */
export interface PathRow {
  readonly name: string;
  /** The code of the refusal, or `accepted`. */
  readonly expected: string;
  readonly chain: () => Promise<Presented>;
}

/** A leaf under a root. */
export function leafRow(
  name: string,
  expected: string,
  leaf: CertificateOptions,
  options: Partial<Presented> = {},
): PathRow {
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
export function intermediateRow(
  name: string,
  expected: string,
  intermediate: CertificateOptions,
  leaf: CertificateOptions = {},
  options: Partial<Presented> = {},
): PathRow {
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

/** Options of a certificate that has expired. */
export const EXPIRED: CertificateOptions = { notBefore: hoursFromNow(-4), notAfter: hoursFromNow(-2) };

/** A leaf under a root whose anchor has these fields besides, or instead. */
export async function withAnchor(fields: Partial<TrustAnchor>): Promise<Presented> {
  const root = await mintAuthority();
  const [anchor] = trust(root);
  assert(anchor !== undefined);
  return {
    leaf: await mintCertificate(root, NAME),
    roots: RootCertStore.fromAnchors([{ ...anchor, ...fields }]),
  };
}
