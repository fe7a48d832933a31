/** `clientAuth.rootHintSubjects`: what is a list of names, how long it may be, and that it is the config's own. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Identity } from "../../../tls/config/config_types.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const { chainPem, keyPem } = await mintCertificate(await mintAuthority(), { names: ["localhost"] });
const identity: Identity = { chain: chainPem, key: keyPem };

/** A config with such subjects, which a caller without a compiler may pass. */
function configOf(rootHintSubjects: unknown): ServerConfig {
  const options = { identity, clientAuth: { verifier() {}, rootHintSubjects } };
  return new ServerConfig(options as unknown as ServerConfigOptions); // the check of the options is what is tested
}

const NO_LISTS: readonly (readonly [name: string, subjects: unknown])[] = [
  ["an empty Uint8Array", new Uint8Array()],
  ["a Uint8Array", new Uint8Array(10)],
  ["a set of names", new Set([new Uint8Array(10)])],
  ["a text", "CN=authority"],
  ["a number", 5],
  ["null", null],
  ["a list with an empty name", [new Uint8Array(10), new Uint8Array()]],
  ["a list with a text", [new Uint8Array(10), "CN=authority"]],
  ["a list of lists", [[48, 0]]],
];
for (const [name, subjects] of NO_LISTS) {
  Deno.test(`ServerConfig refuses rootHintSubjects: ${name}`, () => {
    assertThrows(() => configOf(subjects), TlsError, '"clientAuth.rootHintSubjects" is no list of DER names');
  });
}

Deno.test("ServerConfig takes rootHintSubjects of 32,768 bytes with their lengths, and not of one more", () => {
  const subjects = [new Uint8Array(16_382), new Uint8Array(16_382)];
  assertEquals(configOf(subjects).clientAuth?.rootHintSubjects.length, 2);
  const more = [new Uint8Array(16_382), new Uint8Array(16_383)];
  assertThrows(() => configOf(more), TlsError, "takes 32769 bytes, and 32768 are the limit");
});

Deno.test("ServerConfig keeps rootHintSubjects as they were given, whatever becomes of the caller's", () => {
  const subject = Uint8Array.of(0x30, 0);
  const subjects = [subject];
  const { clientAuth } = configOf(subjects);
  subject[0] = 1;
  subjects.push(Uint8Array.of(2));
  assertEquals(clientAuth?.rootHintSubjects, [Uint8Array.of(0x30, 0)]);
  assert(Object.isFrozen(clientAuth?.rootHintSubjects));
  assertStrictEquals(clientAuth?.optional, false);
});
