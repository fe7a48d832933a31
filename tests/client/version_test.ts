/** The version of the package, and its name in requests. */

import { assertEquals } from "@std/assert";
import { USER_AGENT, VERSION } from "../../client/version.ts";
import denoJson from "../../deno.json" with { type: "json" };

Deno.test("VERSION: is what deno.json says", () => {
  assertEquals(VERSION, denoJson.version);
  assertEquals(USER_AGENT, `Ductile/${denoJson.version}`);
});
