/**
 * Time in certificates and revocation lists (RFC 5280 §4.1.2.5).
 *
 * UTCTime has a year of two digits, 1950 to 2049; GeneralizedTime has four. Authorities have to use the first up
 * to 2049, but readers need not hold them to it, and this one does not. Of the many forms that ASN.1 allows,
 * "UTCTime values MUST be expressed in Greenwich Mean Time (Zulu) and MUST include seconds", and GeneralizedTime
 * moreover "MUST NOT include fractional seconds".
 *
 * @module
 */

import { DerError, type DerReader, DerTag } from "../der/der.ts";

/** The first year that UTCTime can express; earlier ones are taken for malformed. */
const FIRST_YEAR = 1950;

/**
 * Reads a `Time`.
 *
 * @throws {DerError} when it is of neither type.
 * @throws {TimeError} when it is, but there is no such time.
 */
export function readTime(reader: DerReader): Date {
  switch (reader.peekTag()) {
    case DerTag.UTC_TIME: {
      const text = reader.content(DerTag.UTC_TIME);
      if (text.length !== 13) throw new TimeError("UTCTime is not of the form YYMMDDHHMMSSZ");
      const year = twoDigits(text, 0);
      return date(year < 50 ? 2000 + year : 1900 + year, text, 2);
    }
    case DerTag.GENERALIZED_TIME: {
      const text = reader.content(DerTag.GENERALIZED_TIME);
      if (text.length !== 15) throw new TimeError("GeneralizedTime is not of the form YYYYMMDDHHMMSSZ");
      return date(twoDigits(text, 0) * 100 + twoDigits(text, 2), text, 4);
    }
    default:
      throw new DerError("a time is neither UTCTime nor GeneralizedTime");
  }
}

/** A time that is well-formed DER, and does not exist or is not of the form of RFC 5280. */
export class TimeError extends DerError {}

const Z = 0x5a;

/** `MMDDHHMMSSZ` from `at` on. */
function date(year: number, text: Uint8Array, at: number): Date {
  const month = twoDigits(text, at);
  const day = twoDigits(text, at + 2);
  const hours = twoDigits(text, at + 4);
  const minutes = twoDigits(text, at + 6);
  const seconds = twoDigits(text, at + 8);
  const isTime = year >= FIRST_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) &&
    hours <= 23 && minutes <= 59 && seconds <= 59;
  if (!isTime) throw new TimeError("there is no such date");
  if (text[at + 10] !== Z) throw new TimeError("it does not end in Z");
  return new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds));
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function twoDigits(text: Uint8Array, at: number): number {
  const tens = (text[at] ?? 0) - 0x30;
  const ones = (text[at + 1] ?? 0) - 0x30;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw new TimeError("it has something else than digits");
  return tens * 10 + ones;
}
