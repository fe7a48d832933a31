/** The hints of the Keep-Alive field, over the responses of one connection. */

import { assertEquals } from "@std/assert";
import type { Field } from "../../../http/fields.ts";
import { KeepAliveHints } from "../../../http1/client/keep_alive.ts";

interface Row {
  readonly name: string;
  /** The values of the Keep-Alive lines of each response. */
  readonly responses: readonly (readonly string[])[];
  readonly timeout: number;
  readonly requestsLeft: number;
}

const ROWS: readonly Row[] = [
  {
    name: "without the field nothing is known",
    responses: [[], []],
    timeout: Infinity,
    requestsLeft: Infinity,
  },
  {
    name: "seconds are counted in milliseconds",
    responses: [["timeout=5"]],
    timeout: 5_000,
    requestsLeft: Infinity,
  },
  { name: "both parameters are read", responses: [["timeout=5, max=9"]], timeout: 5_000, requestsLeft: 9 },
  {
    name: "of two lines the smaller figures count",
    responses: [["timeout=5, max=1", "timeout=9, max=7"]],
    timeout: 5_000,
    requestsLeft: 1,
  },
  {
    name: "in either order",
    responses: [["timeout=9, max=7", "timeout=5, max=1"]],
    timeout: 5_000,
    requestsLeft: 1,
  },
  {
    name: "a later response says otherwise",
    responses: [["timeout=5, max=9"], ["timeout=60, max=8"]],
    timeout: 60_000,
    requestsLeft: 8,
  },
  {
    name: "a later response says nothing",
    responses: [["timeout=5, max=9"], [], []],
    timeout: 5_000,
    requestsLeft: 7,
  },
  {
    name: "a later response has one of both",
    responses: [["timeout=5, max=9"], ["max=3"]],
    timeout: 5_000,
    requestsLeft: 3,
  },
  {
    name: "parameters of other names, and what is no number, say nothing",
    responses: [["timeouts=1, timeout-ms=2, maximum=3, max=4s, timeout=-5, timeout"]],
    timeout: Infinity,
    requestsLeft: Infinity,
  },
  {
    name: "figures may be quoted, with blanks around them",
    responses: [['timeout = "5" , max= 9 ']],
    timeout: 5_000,
    requestsLeft: 9,
  },
  {
    name: "figures with half a quotation, or two signs, say nothing",
    responses: [['timeout="5, max=9"', 'timeout==5, max="9"9']],
    timeout: Infinity,
    requestsLeft: Infinity,
  },
  {
    name: "figures without end are none",
    responses: [[`timeout=${"9".repeat(400)}, max=${"9".repeat(400)}`]],
    timeout: Infinity,
    requestsLeft: Infinity,
  },
];

for (const { name, responses, timeout, requestsLeft } of ROWS) {
  Deno.test(`P-29: Keep-Alive: ${name}`, () => {
    const hints = new KeepAliveHints();
    for (const lines of responses) {
      hints.onResponse([
        ["connection", "timeout=1, max=1"],
        ...lines.map((value): Field => ["keep-alive", value]),
      ]);
    }
    assertEquals({ timeout: hints.timeout, requestsLeft: hints.requestsLeft }, { timeout, requestsLeft });
  });
}
