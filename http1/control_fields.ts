/**
 * The fields that steer a connection, rather than say something about the content (RFC 9110 §7.6.1, §7.8, §8.6,
 * §10.1.1, §10.1.4; RFC 9112 §3.2, §6).
 *
 * @module
 */

import { type Field, listMembers } from "../http/fields.ts";

/** What the fields of a head say to the connection, the lines of each name joined by commas. */
export interface ControlFields {
  /** Connection. */
  connection: string | undefined;
  /** Content-Length. */
  contentLength: string | undefined;
  /** Expect. */
  expect: string | undefined;
  /** TE. */
  te: string | undefined;
  /** Transfer-Encoding. */
  transferEncoding: string | undefined;
  /** Upgrade. */
  upgrade: string | undefined;
  /** How many Host field lines there are. */
  hosts: number;
}

/** Picks the control fields out, over all lines of each name. */
export function controlFields(fields: readonly Field[]): ControlFields {
  const control: ControlFields = {
    connection: undefined,
    contentLength: undefined,
    expect: undefined,
    te: undefined,
    transferEncoding: undefined,
    upgrade: undefined,
    hosts: 0,
  };
  for (const [name, value] of fields) {
    // Most names are ruled out by their length, without being compared.
    switch (name.length) {
      case 2:
        if (name === "te") control.te = joined(control.te, value);
        break;
      case 4:
        if (name === "host") control.hosts++;
        break;
      case 6:
        if (name === "expect") control.expect = joined(control.expect, value);
        break;
      case 7:
        if (name === "upgrade") control.upgrade = joined(control.upgrade, value);
        break;
      case 10:
        if (name === "connection") control.connection = joined(control.connection, value);
        break;
      case 14:
        if (name === "content-length") control.contentLength = joined(control.contentLength, value);
        break;
      case 17:
        if (name === "transfer-encoding") control.transferEncoding = joined(control.transferEncoding, value);
        break;
    }
  }
  return control;
}

/** Whether the connection option `option`, lower-case, is there (RFC 9110 §7.6.1). */
export function hasConnectionOption({ connection }: ControlFields, option: string): boolean {
  if (connection === undefined) return false;
  if (connection === "keep-alive") return option === connection; // nearly always
  return listMembers(connection).includes(option);
}

/**
 * The protocols that Upgrade names, lower-case and in order.
 *
 * "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field" (RFC 9110
 * §7.8): without, it was meant for somebody else.
 */
export function upgradeProtocols(control: ControlFields): readonly string[] {
  if (control.upgrade === undefined || !hasConnectionOption(control, "upgrade")) return NONE;
  return listMembers(control.upgrade);
}

/** Whether the content waits for a 100 (Continue) (RFC 9110 §10.1.1). */
export function expectsContinue({ expect }: ControlFields): boolean {
  return expect !== undefined && listMembers(expect).includes("100-continue");
}

const NONE: readonly string[] = [];

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}
