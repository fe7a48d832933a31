/**
 * Planted cases, each of which the x509-limbo suite must report.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { EXCEPTIONS } from "./limbo_exceptions.ts";
import { type LimboCase, run } from "./limbo.ts";

const ROOT = await mintAuthority();
const LEAF = await mintCertificate(ROOT, { names: ["example.com"] });

const GOOD: LimboCase = {
  id: "own::good",
  validation_kind: "SERVER",
  trusted_certs: [ROOT.certPem],
  untrusted_intermediates: [],
  peer_certificate: LEAF.certPem,
  validation_time: null,
  expected_result: "SUCCESS",
  expected_peer_name: { kind: "DNS", value: "example.com" },
  max_chain_depth: null,
  crls: [],
};

/** Each exception's case, so that none is missing; it comes out otherwise than it says. */
const EXCEPTED: readonly LimboCase[] = EXCEPTIONS.flatMap(({ ids }) => ids)
  .map((id) => ({ ...GOOD, id, expected_result: "FAILURE" as const }));

const ROWS: readonly {
  readonly name: string;
  readonly cases: readonly LimboCase[];
  readonly failure?: string;
}[] = [
  { name: "a chain that is accepted as it must be passes", cases: [GOOD] },
  {
    name: "a chain that is accepted, but must not be, fails",
    cases: [{ ...GOOD, expected_result: "FAILURE" }],
    failure: "It was accepted",
  },
  {
    name: "a chain that is refused, but must not be, fails",
    cases: [{ ...GOOD, trusted_certs: [] }],
    failure: "It was refused",
  },
  {
    name: "a chain that is refused for its name as it must be passes",
    cases: [{
      ...GOOD,
      expected_result: "FAILURE",
      expected_peer_name: { kind: "DNS", value: "example.org" },
    }],
  },
  {
    name: "a chain that is refused for its time as it must be passes",
    cases: [{ ...GOOD, expected_result: "FAILURE", validation_time: "2020-01-01T00:00:00+00:00" }],
  },
];

for (const { name, cases, failure } of ROWS) {
  Deno.test(`x509-limbo suite: ${name}`, async () => {
    const { passed, failed, lines } = await runOn([...cases, ...EXCEPTED]);
    assertEquals([passed, failed], [
      EXCEPTED.length + (failure === undefined ? 1 : 0),
      failure === undefined ? 0 : 1,
    ]);
    assertStringIncludes(lines[0] ?? "", failure ?? "limbo: ");
  });
}

Deno.test("x509-limbo suite: a real chain whose root is not among Mozilla's is named", async () => {
  const { passed, failed, lines } = await runOn([{ ...GOOD, id: "online::own" }, ...EXCEPTED]);
  assertEquals([passed, failed], [EXCEPTED.length + 1, 0]);
  assertMatch(
    lines[0] ?? "",
    /^limbo: online::own: not among Mozilla's roots any more: CN=Ductile test authority/,
  );
});

Deno.test("x509-limbo suite: an exception that is no longer needed fails", async () => {
  const [first, ...rest] = EXCEPTED;
  const { failed, lines } = await runOn([{ ...GOOD, id: first?.id ?? "" }, ...rest]);
  assertEquals(failed, 1);
  assertStringIncludes(lines[0] ?? "", "It needs no exception any more");
});

Deno.test("x509-limbo suite: an exception for a case that does not exist fails", async () => {
  const { failed, lines } = await runOn(EXCEPTED.slice(1));
  assertEquals(failed, 1);
  assertStringIncludes(lines[0] ?? "", "There is no such case for the exception");
});

async function runOn(
  testcases: readonly LimboCase[],
): Promise<{ readonly passed: number; readonly failed: number; readonly lines: readonly string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const json = new Blob([JSON.stringify({ version: 1, testcases })]).stream();
    await Deno.writeFile(`${folder}/limbo.json.gz`, json.pipeThrough(new CompressionStream("gzip")));
    const lines: string[] = [];
    return { ...await run(folder, (line) => lines.push(line)), lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
