/**
 * How often a request is retried, by what its connections did for others.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PooledConnection } from "../../client/connect/pooled_connection.ts";
import { MAX_REFUSALS, MAX_RETRIES } from "../../client/defaults.ts";
import { RetryBudget } from "../../client/retry_budget.ts";
import type { RequestProgress } from "../../http/error.ts";
import { Http2Error } from "../../http2/error.ts";

/** What a driver says of itself, and may say otherwise later. */
interface Facts {
  responses?: number;
  closing?: boolean;
  idle: boolean;
}

function connection(facts: Facts): PooledConnection {
  const driver = {
    ...{ request: () => Promise.reject(new TypeError()), capacity: 0, unreadResponses: 0, close() {} },
    get idle() {
      return facts.idle;
    },
    get closing() {
      return facts.closing ?? false;
    },
    get responses() {
      return facts.responses ?? 0;
    },
  };
  return new PooledConnection(driver, true, { id: 1, timings: {} });
}

function failure(progress: RequestProgress): Http2Error {
  return new Http2Error("REFUSED_STREAM", "Cannot do it: refused", { progress });
}

/** How many retries a budget has for the same failure, up to 1000. */
function retries(budget: RetryBudget, error: unknown, take: () => PooledConnection): number {
  let count = 0;
  while (count < 1000 && budget.spend(error, take())) count++;
  return count;
}

const ROWS: readonly {
  readonly name: string;
  readonly error: unknown;
  readonly facts: Facts;
  readonly expected: number;
}[] = [
  {
    name: "a refusal by a connection that has answered nothing",
    error: failure("refused"),
    facts: { idle: true },
    expected: MAX_RETRIES,
  },
  {
    name: "a refusal by a busy connection that has answered nothing yet",
    error: failure("refused"),
    facts: { idle: false },
    expected: MAX_RETRIES,
  },
  {
    name: "a refusal by an idle connection that goes away and has answered nothing",
    error: failure("refused"),
    facts: { idle: true, closing: true },
    expected: MAX_RETRIES,
  },
  {
    name: "a refusal by a connection that has answered others",
    error: failure("refused"),
    facts: { idle: true, responses: 1 },
    expected: MAX_REFUSALS,
  },
  {
    name: "a refusal by a connection that goes away with others",
    error: failure("refused"),
    facts: { idle: false, closing: true },
    expected: MAX_REFUSALS,
  },
  {
    name: "a request that was not sent on a connection that has answered others",
    error: failure("unsent"),
    facts: { idle: true, responses: 1 },
    expected: MAX_REFUSALS,
  },
  {
    name: "a request that has no response on a connection that has answered others",
    error: failure("no_response"),
    facts: { idle: true, responses: 1 },
    expected: MAX_RETRIES,
  },
  {
    name: "an error that is not about HTTP",
    error: new TypeError(),
    facts: { idle: true, responses: 1 },
    expected: MAX_RETRIES,
  },
];

for (const { name, error, facts, expected } of ROWS) {
  Deno.test(`RetryBudget: ${name}`, () => {
    const one = connection(facts);
    assertEquals(retries(new RetryBudget(), error, () => one), expected);
  });
}

Deno.test("RetryBudget: refusals are not counted while the connection serves others", () => {
  const facts = { idle: true, responses: 1 };
  const one = connection(facts);
  const budget = new RetryBudget();
  for (let i = 0; i < 10 * MAX_REFUSALS; i++) {
    if (i % MAX_REFUSALS === 0) facts.responses++;
    assertEquals(budget.spend(failure("refused"), one), true, `refusal ${i}`);
  }
  assertEquals(budget.spend(failure("refused"), one), false);
});

Deno.test("RetryBudget: connections that each served another are not counted", () => {
  const budget = new RetryBudget();
  const taken = retries(budget, failure("refused"), () => connection({ idle: true, responses: 1 }));
  assertEquals(taken, 1000);
});

Deno.test("RetryBudget: two connections that refuse in turn are counted together", () => {
  const both = [connection({ idle: true, responses: 3 }), connection({ idle: true, responses: 5 })] as const;
  let turn = 0;
  assertEquals(
    retries(new RetryBudget(), failure("refused"), () => both[turn++ % 2 === 0 ? 0 : 1]),
    MAX_REFUSALS + 1,
  );
});

Deno.test("RetryBudget: refusals by connections that serve others leave the other retries as they are", () => {
  const budget = new RetryBudget();
  const serving = connection({ idle: true, responses: 1 });
  const other = connection({ idle: true });
  assertEquals(budget.spend(failure("refused"), serving), true);
  assertEquals(retries(budget, failure("refused"), () => other), MAX_RETRIES);
});
