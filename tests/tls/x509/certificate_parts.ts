/**
 * Certificates made by hand, part by part, so that any part can be wrong. Their signatures were made with no key.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { CertificateError } from "../../../tls/x509/error.ts";
import type { GeneralName } from "../../../tls/x509/types.ts";
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  set,
  Tag,
  utf8String,
  value,
} from "../../support/der.ts";

/** The bytes of text of which every character is an octet. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The bytes of hexadecimal, in which spaces are let pass. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.replaceAll(" ", "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** A Name of common names, each a part of its own. */
export function nameOf(...commonNames: readonly string[]): Uint8Array<ArrayBuffer> {
  return sequence(...commonNames.map((name) => set(attribute("2.5.4.3", utf8String(name)))));
}

/** One attribute of a Name. */
export function attribute(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return sequence(oid(type), content);
}

/** An extension. */
export function extension(type: string, content: Uint8Array, critical = false): Uint8Array<ArrayBuffer> {
  return sequence(oid(type), ...(critical ? [boolean(true)] : []), octetString(content));
}

/** The subjectAltName extension. */
export function altNames(names: readonly Uint8Array[], critical = false): Uint8Array<ArrayBuffer> {
  return extension("2.5.29.17", sequence(...names), critical);
}

/** A dNSName. */
export function dns(name: string): Uint8Array<ArrayBuffer> {
  return implicit(2, octets(name));
}

/** An iPAddress, or a constraint on them. */
export function ip(...address: readonly number[]): Uint8Array<ArrayBuffer> {
  return implicit(7, Uint8Array.from(address));
}

/** The basicConstraints extension of an authority. */
export const CA: Uint8Array = extension("2.5.29.19", sequence(boolean(true)), true);

/** `ecdsa-with-SHA256` as an AlgorithmIdentifier. */
export const ECDSA_SHA256: Uint8Array = sequence(oid("1.2.840.10045.4.3.2"));
/** `sha256WithRSAEncryption` as an AlgorithmIdentifier. */
export const RSA_SHA256: Uint8Array = sequence(oid("1.2.840.113549.1.1.11"), nothing());

/** A P-256 key, which is no point of the curve. */
export const EC_KEY: Uint8Array = ecKey("1.2.840.10045.3.1.7", Uint8Array.of(4, ...Array(64).fill(7)));

/** A key on a named curve. */
export function ecKey(curve: string, point: Uint8Array): Uint8Array<ArrayBuffer> {
  return sequence(sequence(oid("1.2.840.10045.2.1"), oid(curve)), bitString(point));
}

/** Parts of a certificate; what is left out is right. */
export interface Parts {
  /** The version's number, or the bytes in its place. Default: 2, which is version 3. */
  readonly version?: number | Uint8Array;
  /** Default: 1. */
  readonly serial?: Uint8Array;
  /** The algorithm inside. Default: {@linkcode ECDSA_SHA256}. */
  readonly inner?: Uint8Array;
  /** The algorithm outside. Default: the same. */
  readonly outer?: Uint8Array;
  /** Default: `CN=issuer`. */
  readonly issuer?: Uint8Array;
  /** Two times. Default: 2020 to 2040. */
  readonly validity?: readonly Uint8Array[];
  /** Default: `CN=subject`. */
  readonly subject?: Uint8Array;
  /** Default: {@linkcode EC_KEY}. */
  readonly key?: Uint8Array;
  /** Between key and extensions. Default: nothing. */
  readonly unique?: readonly Uint8Array[];
  /** Default: a subjectAltName of `example.com`. `null`: no list of them. */
  readonly extensions?: readonly Uint8Array[] | null;
  /** After the extensions, inside. Default: nothing. */
  readonly inside?: Uint8Array;
  /** After the signature, inside. Default: nothing. */
  readonly afterSignature?: Uint8Array;
  /** After it all. Default: nothing. */
  readonly outside?: Uint8Array;
}

/** Puts a certificate together. */
export function certificateOf(parts: Parts = {}): Uint8Array<ArrayBuffer> {
  const { version = 2, inner = ECDSA_SHA256, extensions = [altNames([dns("example.com")])] } = parts;
  const tbs = sequence(
    typeof version === "number" ? explicit(0, integer(version)) : version,
    parts.serial ?? integer(1),
    inner,
    parts.issuer ?? nameOf("issuer"),
    sequence(...parts.validity ?? [utcTime("200101000000Z"), utcTime("400101000000Z")]),
    parts.subject ?? nameOf("subject"),
    parts.key ?? EC_KEY,
    ...parts.unique ?? [],
    ...(extensions === null ? [] : [explicit(3, sequence(...extensions))]),
    parts.inside ?? new Uint8Array(),
  );
  const signed = sequence(
    tbs,
    parts.outer ?? inner,
    bitString(Uint8Array.of(1, 2, 3)),
    parts.afterSignature ?? new Uint8Array(),
  );
  return concat([signed, parts.outside ?? new Uint8Array()]);
}

/** UTCTime of any text. */
export function utcTime(text: string): Uint8Array<ArrayBuffer> {
  return value(Tag.utc_time, octets(text));
}

/** GeneralizedTime of any text. */
export function generalizedTime(text: string): Uint8Array<ArrayBuffer> {
  return value(Tag.generalized_time, octets(text));
}

/** A dNSName, read. */
export function dnsName(name: string): GeneralName {
  return { kind: "dns", name };
}

/** Runs `act`, and gives the code of its CertificateError; `accepted` where it threw none. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof CertificateError) return error.code;
    throw error;
  }
  return "accepted";
}
