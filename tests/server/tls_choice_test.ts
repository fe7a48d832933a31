/** Whose TLS a server speaks: Deno's where it can do all that is asked for, and otherwise Ductile's. */

import { assertEquals, assertThrows } from "@std/assert";
import { chooseTls } from "../../server/tls_choice.ts";

const BYTES = new Uint8Array(1);

type Options = Readonly<Record<string, unknown>>;

/** Calls it as a program without types would. */
const choose = chooseTls as (options: Options) => ReturnType<typeof chooseTls>;

const CHOSEN: readonly (readonly [name: string, options: Options, chosen: string])[] = [
  ["nothing", {}, "none"],
  ["cert and key", { cert: "c", key: "k" }, "deno"],
  ["cert and key of tls", { tls: { cert: "c", key: "k" } }, "deno"],
  ["cert and key of tls, and an option that is undefined", {
    tls: { cert: "c", key: "k", alpnProtocols: undefined },
  }, "deno"],
  ["a key in DER", { tls: { cert: "c", key: BYTES } }, "ductile"],
  [
    "an option that Deno's TLS does not have",
    { tls: { cert: "c", key: "k", alpnProtocols: ["h2"] } },
    "ductile",
  ],
];
for (const [name, options, chosen] of CHOSEN) {
  Deno.test(`chooseTls: ${name}: ${chosen}`, () => assertEquals(choose(options).name, chosen));
}

const REFUSED: readonly (readonly [name: string, options: Options, message: string])[] = [
  ["cert beside tls", { cert: "c", tls: { cert: "c", key: "k" } }, 'also options of "tls"'],
  ["key beside tls", { key: "k", tls: { cert: "c", key: "k" } }, 'also options of "tls"'],
  ["cert alone", { cert: "c" }, 'needs both "cert" and "key"'],
  ["key alone", { key: "k" }, 'needs both "cert" and "key"'],
  ["cert alone in tls", { tls: { cert: "c" } }, 'needs both "cert" and "key"'],
  ["key alone in tls", { tls: { key: "k" } }, 'needs both "cert" and "key"'],
  ["an empty tls", { tls: {} }, 'needs both "cert" and "key"'],
  ["an identity beside cert", { tls: { identity: { chain: "c", key: "k" }, cert: "c" } }, "beside it"],
  ["an identity beside key", { tls: { identity: { chain: "c", key: "k" }, key: "k" } }, "beside it"],
];
for (const [name, options, message] of REFUSED) {
  Deno.test(`chooseTls: ${name} is refused`, () => {
    assertThrows(() => choose(options), TypeError, message);
  });
}
