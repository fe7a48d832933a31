/**
 * Reads `GeneralName` (RFC 5280 §4.2.1.6), of which alternative names and name constraints consist.
 *
 * ```
 * GeneralName ::= CHOICE {
 *      otherName                       [0]     OtherName,
 *      rfc822Name                      [1]     IA5String,
 *      dNSName                         [2]     IA5String,
 *      x400Address                     [3]     ORAddress,
 *      directoryName                   [4]     Name,
 *      ediPartyName                    [5]     EDIPartyName,
 *      uniformResourceIdentifier       [6]     IA5String,
 *      iPAddress                       [7]     OCTET STRING,
 *      registeredID                    [8]     OBJECT IDENTIFIER }
 * ```
 *
 * Only the shape is checked. A malformed name (a dNSName of other letters, an address of five bytes) is kept: it
 * matches nothing, and violates every name constraint of its kind.
 *
 * @module
 */

import { DerError, type DerReader, DerTag } from "../../der/der.ts";
import type { GeneralName } from "../types.ts";

/** Context-specific; constructed where the type is, or where an explicit tag goes around a CHOICE. */
const NameTag = {
  otherName: 0xa0,
  rfc822Name: 0x81,
  dNSName: 0x82,
  x400Address: 0xa3,
  directoryName: 0xa4,
  ediPartyName: 0xa5,
  uniformResourceIdentifier: 0x86,
  iPAddress: 0x87,
  registeredID: 0x88,
} as const;

/**
 * Reads one name. Its arrays are views; of the text of a dNSName each octet is a character.
 *
 * @throws {DerError} when it is none of the choices.
 */
export function readGeneralName(reader: DerReader): GeneralName {
  const tag = reader.peekTag();
  switch (tag) {
    case NameTag.dNSName:
      return { kind: "dns", name: octetsToText(reader.content(tag)) };
    case NameTag.iPAddress:
      return { kind: "ip", address: reader.content(tag) };
    case NameTag.directoryName: {
      const content = reader.read(tag);
      const name = content.element(DerTag.SEQUENCE);
      content.end("directoryName");
      return { kind: "directory", name };
    }
    case NameTag.uniformResourceIdentifier:
      return { kind: "uri", value: reader.content(tag) };
    case NameTag.rfc822Name:
      return { kind: "email", value: reader.content(tag) };
    case NameTag.otherName:
    case NameTag.x400Address:
    case NameTag.ediPartyName:
    case NameTag.registeredID:
      return { kind: "other", value: reader.content(tag) };
    default:
      throw new DerError("a GeneralName is of an unknown kind");
  }
}

/**
 * Reads `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`. Their number is bounded by the certificate's size.
 *
 * @throws {DerError} when there is none, or one is malformed.
 */
export function readGeneralNames(reader: DerReader): GeneralName[] {
  const list = reader.read(DerTag.SEQUENCE);
  if (list.left === 0) throw new DerError("GeneralNames is empty");
  const names: GeneralName[] = [];
  while (list.left > 0) names.push(readGeneralName(list));
  return names;
}

/** The text of octets, one character each; those beyond ASCII come out as U+0080 to U+00FF, which no DNS name has. */
export function octetsToText(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += MAX_ARGUMENTS) {
    // It takes anything like an array, whatever its declaration says; spreading it is four times as slow.
    const piece: ArrayLike<number> = octets.subarray(at, at + MAX_ARGUMENTS);
    text += String.fromCharCode.apply(null, piece as number[]);
  }
  return text;
}

/** Texts, each made once. */
const TEXTS = new WeakMap<Uint8Array, string>();

/** As {@linkcode octetsToText}, for octets that are asked about on each of a thousand paths: the text is kept. */
export function textOfOctets(octets: Uint8Array): string {
  let text = TEXTS.get(octets);
  if (text === undefined) TEXTS.set(octets, text = octetsToText(octets));
  return text;
}

/** Arguments that one call takes on every platform; names are shorter, and keys mostly are. */
const MAX_ARGUMENTS = 4096;
