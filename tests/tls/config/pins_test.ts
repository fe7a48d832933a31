/** Pins of public keys: parsing them, and comparing them with the keys of a certification path. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { run } from "../../../io/script.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { checkPins, parsePins } from "../../../tls/config/pins.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const authority = await mintAuthority();
const minted = await mintCertificate(authority, { names: ["client.example"] });
const other = await mintCertificate(authority, { names: ["other.example"] });
const verifier = (): void => {};
const crypto = nodeCrypto();

const REFUSED: readonly { name: string; pins: unknown; message: string }[] = [
  { name: "no pin", pins: [], message: '"pins" is empty, which nothing would match' },
  {
    name: "a pin without its algorithm",
    pins: ["A".repeat(43) + "="],
    message: `"pins" has "${"A".repeat(43)}=", which is not "sha256/" and the base64 of 32 bytes`,
  },
  {
    name: "a pin of 31 bytes",
    pins: [`sha256/${encodeBase64(new Uint8Array(31))}`],
    message: `"pins" has "sha256/${
      encodeBase64(new Uint8Array(31))
    }", which is not "sha256/" and the base64 of 32 bytes`,
  },
  {
    name: "one pin that is no list",
    pins: "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    message: '"pins" is no list',
  },
];

for (const { name, pins, message } of REFUSED) {
  Deno.test(`pins are refused: ${name}`, () => {
    // A caller without a compiler may pass anything.
    const options = { verifier, pins } as ClientConfigOptions;
    const error = assertThrows(() => new ClientConfig(options), TlsError);
    assertEquals([error.code, error.message], ["invalid_option", `Cannot make a ClientConfig: ${message}`]);
  });
}

Deno.test("pins are read in HPKP's form and in curl's", () => {
  const hash = new Uint8Array(32).fill(7);
  assertEquals(parsePins("ClientConfig", [`sha256/${encodeBase64(hash)}`, `sha256//${encodeBase64(hash)}`]), [
    hash,
    hash,
  ]);
});

Deno.test("one pinned key of the path is enough; without one the hint has the pin of the end entity's key", async () => {
  const pinOf = (spki: Uint8Array): string => `sha256/${encodeBase64(nodeDigest(spki))}`;
  const pins = parsePins("ClientConfig", [pinOf(other.key.spki), pinOf(authority.key.spki)]);
  for (const provider of [crypto, webCrypto()]) {
    assertEquals(await run(checkPins(provider, pins, [minted.key.spki, authority.key.spki])), undefined);
    const error = await assertRejects(
      async () => await run(checkPins(provider, pins, [minted.key.spki])),
      TlsError,
    );
    assertEquals(error.code, "pin_mismatch");
    assertEquals(error.hint, `The key that the server shows has the pin ${pinOf(minted.key.spki)}.`);
  }
});

Deno.test("of a path without a pinned key the hint has the pin of its first key alone", async () => {
  const pins = parsePins("ClientConfig", [`sha256/${encodeBase64(nodeDigest(other.key.spki))}`]);
  const error = await assertRejects(
    async () => await run(checkPins(crypto, pins, [minted.key.spki, authority.key.spki])),
    TlsError,
  );
  const pin = `sha256/${encodeBase64(nodeDigest(minted.key.spki))}`;
  assertEquals(error.hint, `The key that the server shows has the pin ${pin}.`);
});

function nodeDigest(bytes: Uint8Array): Uint8Array {
  const digest = crypto.digest("SHA-256", bytes);
  if (digest instanceof Promise) throw new TypeError("nodeCrypto() is synchronous");
  return digest;
}
