/** The fields of a message, whose lengths of content become one: in their order where there is nothing to change. */

import { assertEquals } from "@std/assert";
import type { Field } from "../../http/fields.ts";
import { client, headers } from "./raw_frames.ts";

const LENGTH: Field = ["content-length", "5"];
const OTHERS: readonly Field[] = [["a", "1"], ["b", "2"]];

for (
  const [name, fields, expected] of [
    ["one length before other fields stays where it is", [LENGTH, ...OTHERS], [LENGTH, ...OTHERS]],
    ["one length between them stays where it is", [["z", "0"], LENGTH, ...OTHERS], [
      ["z", "0"],
      LENGTH,
      ...OTHERS,
    ]],
    ["no length adds none", OTHERS, OTHERS],
    ["two equal lengths become one behind the others", [LENGTH, ...OTHERS, LENGTH], [...OTHERS, LENGTH]],
    ["a list of equal lengths becomes one behind them", [["content-length", "5, 5"], ...OTHERS], [
      ...OTHERS,
      LENGTH,
    ]],
  ] as readonly [string, readonly Field[], readonly Field[]][]
) {
  Deno.test(`fields of HTTP/2: ${name}`, () => {
    const machine = client();
    machine.receive(headers(1, [[":status", "200"], ...fields]));
    const event = machine.next();
    assertEquals(event?.type === "response" ? event.fields : event, expected);
  });
}
