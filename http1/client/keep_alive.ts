/**
 * What a server says in the Keep-Alive field about how long and for how many requests it keeps a connection open.
 *
 * ```
 * Keep-Alive       = 1#keepalive-param
 * keepalive-param  = param-name "=" value
 * ```
 * Servers send the parameters `timeout`, in seconds, and `max`, the requests that are left (RFC 2068 §19.7.1.1;
 * RFC 9110 §7.6.1 still lists the field). They are hints: other parameters and malformed ones are ignored.
 *
 * @module
 */

import { type Field, listMembers } from "../../http/fields.ts";

/** The hints of the Keep-Alive field; `Infinity` where there is none. */
export interface KeepAlive {
  /** Milliseconds for which the server keeps the connection open without a request. */
  readonly timeout: number;
  /** How many more requests the server takes on the connection. */
  readonly requestsLeft: number;
}

/** The hints of all responses so far, on one connection. */
export class KeepAliveHints implements KeepAlive {
  timeout: number = Infinity;
  requestsLeft: number = Infinity;

  /** Takes note of the fields of a final response. What they do not say stays as it was. */
  onResponse(fields: readonly Field[]): void {
    let timeout = Infinity;
    let max = Infinity;
    for (const [name, value] of fields) {
      // The length rules out most names without a comparison.
      if (name.length !== 10 || name !== "keep-alive") continue;
      for (const [parameter, figure] of parameters(value)) {
        if (parameter === "timeout") timeout = Math.min(timeout, figure * 1000);
        else if (parameter === "max") max = Math.min(max, figure);
      }
    }
    if (timeout !== Infinity) this.timeout = timeout;
    this.requestsLeft = max !== Infinity ? max : this.requestsLeft - 1;
  }
}

/** The parameters whose value is a whole number. */
function* parameters(value: string): Generator<[name: string, figure: number]> {
  for (const member of listMembers(value)) {
    const [name = "", digits = ""] = member.split("=", 2).map((part) => part.trim());
    const [, plain, quoted] = /^(?:([0-9]+)|"([0-9]+)")$/.exec(digits) ?? [];
    const figure = plain ?? quoted;
    if (figure !== undefined) yield [name, Number(figure)];
  }
}
