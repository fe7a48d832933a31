/**
 * The Retry-After field (RFC 9110 §10.2.3).
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/**
 * The milliseconds from now that a response asks to wait; `undefined` where it has no such field, or a malformed one.
 *
 * `Retry-After = HTTP-date / delay-seconds`
 *
 * @param now The time by the system's clock.
 */
export function retryAfter(fields: readonly Field[], now: number = Date.now()): number | undefined {
  const value = fields.find(([name]) => name === "retry-after")?.[1];
  if (value === undefined) return undefined;
  if (DELAY_SECONDS.test(value)) return Number(value) * 1_000;
  const date = parseHttpDate(value, now);
  return date === undefined ? undefined : Math.max(0, date - now);
}

/** Of any length: a server that asks for an age must not be taken for one that asks for nothing. */
const DELAY_SECONDS = /^[0-9]+$/;

/**
 * The time of an HTTP-date, in milliseconds since 1970; `undefined` for any other text.
 *
 * "A recipient that parses a timestamp value in an HTTP field MUST accept all three HTTP-date formats." (RFC 9110 §5.6.7)
 *
 * @param now The time by which a year of two digits is told.
 */
export function parseHttpDate(text: string, now: number = Date.now()): number | undefined {
  const parts = IMF_FIXDATE.exec(text)?.groups ?? RFC_850.exec(text)?.groups ?? ASCTIME.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { day = "", month = "", year = "", hour = "", minute = "", second = "" } = parts;
  const monthIndex = MONTHS.indexOf(month);
  const numbers = [day, hour, minute, second].map(Number);
  const [dayOfMonth = 0, hours = 0, minutes = 0, seconds = 0] = numbers;
  // A leap second is one of 60.
  if (monthIndex < 0 || hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const date = new Date(Date.UTC(2000, monthIndex, dayOfMonth, hours, minutes, seconds));
  date.setUTCFullYear(fullYear(year, now));
  return dayOfMonth < 1 || dayOfMonth > 31 ? undefined : date.getTime();
}

/**
 * "Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST interpret a timestamp that
 * appears to be more than 50 years in the future as representing the most recent year in the past that had the same last
 * two digits." (RFC 9110 §5.6.7)
 */
function fullYear(digits: string, now: number): number {
  if (digits.length === 4) return Number(digits);
  const present = new Date(now).getUTCFullYear();
  const year = present - present % 100 + Number(digits);
  return year > present + 50 ? year - 100 : year;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Sun, 06 Nov 1994 08:49:37 GMT` */
const IMF_FIXDATE =
  /^[A-Z][a-z]{2}, (?<day>[0-9]{2}) (?<month>[A-Z][a-z]{2}) (?<year>[0-9]{4}) (?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2}) GMT$/;

/** `Sunday, 06-Nov-94 08:49:37 GMT` */
const RFC_850 =
  /^[A-Z][a-z]{5,8}, (?<day>[0-9]{2})-(?<month>[A-Z][a-z]{2})-(?<year>[0-9]{2}) (?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2}) GMT$/;

/** `Sun Nov  6 08:49:37 1994` */
const ASCTIME =
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ 0-9][0-9]) (?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2}) (?<year>[0-9]{4})$/;
