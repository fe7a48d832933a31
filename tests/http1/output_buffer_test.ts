/** The output of the machine: pieces in order, large content without a copy. */

import { assertEquals } from "@std/assert";
import { Http1Connection } from "../../http1/connection.ts";
import { request, text } from "./wires.ts";

Deno.test("output: each piece is given once, and large content is not copied", () => {
  const machine = new Http1Connection("client");
  const large = new Uint8Array(100_000).fill(0x61);
  machine.sendRequest(request({ method: "POST" }), large.length);
  machine.sendData(large);
  machine.sendEnd();
  const head = machine.output();
  assertEquals(head === undefined ? "" : text(head).slice(0, 6), "POST /");
  assertEquals(machine.output(), large);
  assertEquals(machine.output(), undefined);
  assertEquals(machine.wantsWrite, false);
});
