/**
 * The Wycheproof suite is a test like others: one that has never failed proves nothing by passing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { run } from "./wycheproof.ts";

/** RFC 4231 §4.3. */
const JEFE = {
  tcId: 1,
  flags: [],
  comment: "",
  result: "valid",
  key: "4a656665",
  msg: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
  tag: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
};

function hmacFile(vector: Record<string, unknown>): unknown {
  return {
    algorithm: "HMACSHA256",
    testGroups: [{ type: "MacTest", keySize: 32, tagSize: 256, tests: [{ ...JEFE, ...vector }] }],
  };
}

const ROWS = [
  { name: "a valid vector passes", file: hmacFile({}), passed: 3, failed: 0 },
  { name: "a valid vector with another output fails", file: hmacFile({ msg: "00" }), passed: 0, failed: 3 },
  {
    name: "an invalid vector that is accepted fails",
    file: hmacFile({ result: "invalid" }),
    passed: 0,
    failed: 3,
  },
  {
    name: "an acceptable vector with a flag that there is no policy for fails",
    file: hmacFile({ result: "acceptable", flags: ["SomethingNew"] }),
    passed: 0,
    failed: 3,
  },
  {
    name: "an acceptable vector that is accepted against the policy fails",
    file: hmacFile({ result: "acceptable", flags: ["ZeroSharedSecret"] }),
    passed: 0,
    failed: 3,
  },
  {
    name: "a vector of a type that is not known fails",
    file: { algorithm: "HMACSHA256", testGroups: [{ type: "NewTest", tests: [JEFE] }] },
    passed: 0,
    failed: 3,
  },
  {
    name: "a vector that TLS cannot ask for is not applicable",
    file: { algorithm: "HMACSHA1", testGroups: [{ type: "MacTest", tagSize: 256, tests: [JEFE] }] },
    passed: 0,
    failed: 0,
  },
] as const;

for (const { name, file, passed, failed } of ROWS) {
  Deno.test(`conformance: wycheproof: ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/wycheproof`);
      await Deno.writeTextFile(`${folder}/wycheproof/hmac.json`, JSON.stringify(file));
      const lines: string[] = [];
      assertEquals(await run(folder, (line) => lines.push(line)), { passed, failed });
      assertEquals(lines.filter((line) => line.startsWith("FAILED ")).length, failed);
      assertEquals(lines.some((line) => line.includes("not applicable")), passed + failed === 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
