/**
 * The fields that control a connection and its framing, rather than describe content (RFC 9110 §7.6.1, §7.8, §8.6,
 * §10.1.1, §10.1.4; RFC 9112 §3.2, §6).
 *
 * @module
 */

import { type Field, listMembers } from "../http/fields.ts";

/** The values of the control fields of a head, the lines of each name joined by commas. */
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
  /** The number of Host field lines. */
  hosts: number;
  /** Host: the value of the last line. */
  host: string | undefined;
}

/** Collects the control fields over all lines of each name. */
export function controlFields(fields: readonly Field[]): ControlFields {
  const control: ControlFields = {
    connection: undefined,
    contentLength: undefined,
    expect: undefined,
    te: undefined,
    transferEncoding: undefined,
    upgrade: undefined,
    hosts: 0,
    host: undefined,
  };
  for (const field of fields) {
    const name = field[0];
    const value = field[1];
    // The length rules out most names without a comparison.
    switch (name.length) {
      case 2:
        if (name === "te") control.te = joined(control.te, value);
        break;
      case 4:
        if (name === "host") {
          control.hosts++;
          control.host = value;
        }
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

/** Whether the Connection field has `option`, in lower case (RFC 9110 §7.6.1). */
export function hasConnectionOption({ connection }: ControlFields, option: string): boolean {
  if (connection === undefined) return false;
  if (connection === "keep-alive") return option === connection; // the usual value
  return listMembers(connection).includes(option);
}

/**
 * The protocols of the Upgrade field, in lower case and in order.
 *
 * "A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field" (RFC 9110
 * §7.8): without that option, Upgrade was meant for another connection and is ignored.
 */
export function upgradeProtocols(control: ControlFields): readonly string[] {
  if (control.upgrade === undefined || !hasConnectionOption(control, "upgrade")) return NONE;
  return listMembers(control.upgrade);
}

/** Whether the Expect field has 100-continue: the content waits for a 100 (Continue) (RFC 9110 §10.1.1). */
export function expectsContinue({ expect }: ControlFields): boolean {
  return expect !== undefined && listMembers(expect).includes("100-continue");
}

const NONE: readonly string[] = [];

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}
