/** Which fields control a message: each by its whole name, the lines of one name as one list. */

import { assertEquals } from "@std/assert";
import {
  controlFields,
  expectsContinue,
  hasConnectionOption,
  upgradeProtocols,
} from "../../http1/control_fields.ts";

const NOTHING = {
  connection: undefined,
  contentLength: undefined,
  expect: undefined,
  te: undefined,
  transferEncoding: undefined,
  upgrade: undefined,
  hosts: 0,
  host: undefined,
};

for (const name of ["ua", "date", "server", "trailer", "keep-alive", "accept-charset", "x-forwarded-proto"]) {
  Deno.test(`control fields: ${name} is none, although one has as long a name`, () => {
    assertEquals(controlFields([[name, "chunked"]]), NOTHING);
  });
}

Deno.test("control fields: the lines of each name are joined in their order", () => {
  const names = ["connection", "content-length", "expect", "te", "transfer-encoding", "upgrade", "host"];
  const fields = names.flatMap((name) => [[name, `${name} 1`], [name, `${name} 2`]] as const);
  assertEquals(controlFields(fields), {
    connection: "connection 1,connection 2",
    contentLength: "content-length 1,content-length 2",
    expect: "expect 1,expect 2",
    te: "te 1,te 2",
    transferEncoding: "transfer-encoding 1,transfer-encoding 2",
    upgrade: "upgrade 1,upgrade 2",
    hosts: 2,
    host: "host 2",
  });
});

Deno.test("control fields: options, protocols and expectations are members of their lists", () => {
  const has = (connection: string | undefined, option: string) =>
    hasConnectionOption({ ...NOTHING, connection }, option);
  assertEquals([has(undefined, "close"), has("keep-alive", "close"), has("keep-alive", "keep-alive")], [
    ...[false, false, true],
  ]);
  assertEquals([has("a, CLOSE", "close"), has("closed", "close"), has("te,close", "te")], [
    true,
    false,
    true,
  ]);
  assertEquals(upgradeProtocols({ ...NOTHING, upgrade: "h2c, X" }), []);
  assertEquals(upgradeProtocols({ ...NOTHING, connection: "upgrade" }), []);
  assertEquals(upgradeProtocols({ ...NOTHING, upgrade: "h2c", connection: "close" }), []);
  assertEquals(upgradeProtocols({ ...NOTHING, upgrade: "h2c, X", connection: "Upgrade" }), ["h2c", "x"]);
  for (
    const [expect, is] of [[undefined, false], ["100-continue", true], ["a, 100-Continue", true], [
      "100",
      false,
    ]] as const
  ) {
    assertEquals(expectsContinue({ ...NOTHING, expect }), is);
  }
});
