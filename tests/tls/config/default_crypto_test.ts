/** The provider that configs have by default: of both platforms where there are both, of one where there is one. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { defaultCrypto } from "../../../tls/config/default_crypto.ts";

/** The default provider of a runtime that has this in the place of `node:crypto`; it is chosen once a module. */
async function chosenWith(nodeCrypto: unknown): Promise<string> {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: string): unknown } };
  const original = process.getBuiltinModule;
  process.getBuiltinModule = (name) => name === "node:crypto" ? nodeCrypto : original(name);
  try {
    const name = `../../../tls/config/default_crypto.ts?${crypto.randomUUID()}`;
    const module: { defaultCrypto: typeof defaultCrypto } = await import(name);
    return module.defaultCrypto().name;
  } finally {
    process.getBuiltinModule = original;
  }
}

const LACKING: readonly (readonly [name: string, nodeCrypto: unknown])[] = [
  ["no node:crypto", undefined],
  ["one in name only", {}],
  ["one whose diffieHellman is no function", { diffieHellman: true }],
  ["one that has nothing but diffieHellman", { diffieHellman() {} }],
];
for (const [name, nodeCrypto] of LACKING) {
  Deno.test(`defaultCrypto: a runtime with ${name} uses WebCrypto alone`, async () => {
    assertEquals(await chosenWith(nodeCrypto), "web");
  });
}

Deno.test("defaultCrypto: Deno uses both, and it is the same provider each time", () => {
  assertEquals(defaultCrypto().name, "deno");
  assertStrictEquals(defaultCrypto(), defaultCrypto());
});
