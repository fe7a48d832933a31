/**
 * Readers of flags: each function makes one that checks a value and writes it into a field of the command.
 *
 * @module
 */

import type { DataKind, FetchOptions, OperationDraft } from "../command.ts";
import { usageError } from "../error.ts";

/**
 * Writes a flag's value into the command; of a flag that is given twice, the last counts, or both where it says so.
 *
 * @throws {CliError} `usage`.
 */
export type FlagReader = (value: string, command: OperationDraft, name: string) => void;

/** The fields of a command that can hold any `Value`. */
type FieldFor<Value> = {
  [Name in keyof FetchOptions]-?: [Value] extends [FetchOptions[Name]] ? Name : never;
}[keyof FetchOptions];

/** Sets `fields` to true, whatever the value. */
export function turnsOn(...fields: FieldFor<boolean>[]): FlagReader {
  return (_value, command) => {
    for (const field of fields) command[field] = true;
  };
}

/** Sets `field` to the value. */
export function text(field: FieldFor<string>): FlagReader {
  return (value, command) => {
    command[field] = value;
  };
}

/** Sets `field` to the value, which must not be empty. */
export function fileName(field: FieldFor<string>): FlagReader {
  return (value, command, name) => {
    if (value === "") throw usageError(`Cannot use --${name}: the name of the file is empty`);
    command[field] = value;
  };
}

/** Adds the value to the list in `field`. */
export function listed(field: FieldFor<readonly string[]>): FlagReader {
  return (value, command) => {
    if (field === "headers") command.headers.push(value);
    else command[field] = [...command[field] ?? [], value];
  };
}

/** Sets `field` to milliseconds; the value is seconds, with or without a fraction. */
export function seconds(field: FieldFor<number>): FlagReader {
  return (value, command, name) => {
    const given = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (!(given <= MAX_SECONDS)) {
      throw usageError(`Cannot use --${name}: "${value}" is no number of seconds from 0 to ${MAX_SECONDS}`);
    }
    command[field] = Math.ceil(given * 1_000);
  };
}

/** Sets `field` to a count; -1 is no limit. */
export function count(field: FieldFor<number>): FlagReader {
  return (value, command, name) => {
    const given = value === "-1" ? Infinity : /^\d+$/.test(value) ? Number(value) : NaN;
    if (given !== Infinity && !Number.isSafeInteger(given)) {
      throw usageError(`Cannot use --${name}: "${value}" is no count, and not -1`);
    }
    command[field] = given;
  };
}

/** Sets `field` to bytes; the value is a count with or without `K`, `M`, `G`, `T` or `P` behind it, as in curl. */
export function byteCount(field: FieldFor<number>): FlagReader {
  return (value, command, name) => {
    const [, digits, unit = ""] = /^(\d{1,15})([BKMGTP]?)$/i.exec(value) ?? [];
    const bytes = Number(digits) * 1_024 ** Math.max(0, "BKMGTP".indexOf(unit.toUpperCase()));
    if (!Number.isSafeInteger(bytes)) {
      throw usageError(`Cannot use --${name}: "${value}" is no count of bytes, such as 500, 20K or 1M`);
    }
    command[field] = bytes;
  };
}

/** Adds the value to the header fields of the request, under `fieldName`; without one it is a whole field. */
export function headerField(fieldName?: string): FlagReader {
  return (value, command) => {
    command.headers.push(fieldName === undefined ? value : `${fieldName}: ${value}`);
  };
}

/** Adds the value to the content of the request. */
export function data(kind: DataKind): FlagReader {
  return (value, command) => {
    command.data.push({ kind, text: value });
  };
}

/** `--tls`: whose TLS. */
export function readTls(value: string, command: OperationDraft, name: string): void {
  if (value !== "deno" && value !== "ductile") {
    throw usageError(`Cannot use --${name}: "${value}" is neither deno nor ductile`);
  }
  command.tls = value;
}

/** `--tls-max`: the newest version of TLS. */
export function readTlsMax(value: string, command: OperationDraft, name: string): void {
  if (value !== "1.2" && value !== "1.3" && value !== "default") {
    throw usageError(`Cannot use --${name}: "${value}" is neither 1.2 nor 1.3`);
  }
  command.maxTls = value === "1.2" ? "TLSv1.2" : "TLSv1.3";
}

/**
 * `--pinnedpubkey`: pins as curl has them, `sha256//BASE64`, several with semicolons between them; one slash will do.
 * Files of keys are not taken.
 */
export function readPins(value: string, command: OperationDraft, name: string): void {
  const each = value.split(";");
  if (!each.every((pin) => /^sha256\/\/?[A-Za-z0-9+/]{43}=$/.test(pin))) {
    throw usageError(
      `Cannot use --${name}: it is not sha256// and the base64 of 32 bytes`,
      "--verbose shows the pin of each certificate that a server sends.",
    );
  }
  command.pins = each;
}

/** The longest time that the runtime's timers keep, in seconds. */
const MAX_SECONDS = 2_147_483;
