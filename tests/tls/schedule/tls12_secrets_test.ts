/**
 * The PRF of TLS 1.2 and what is derived by it.
 *
 * The expected values were computed by Python's `hmac`; those of the PRF also by OpenSSL's TLS1-PRF.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeHex } from "@std/encoding/hex";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { HashName } from "../../../tls/crypto/provider.ts";
import { tls12SuitesOf } from "../../../tls/crypto/tls12_suites.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { prf } from "../../../tls/schedule/prf.ts";
import { Tls12MainSecret, tls12MainSecret } from "../../../tls/schedule/tls12_secrets.ts";
import { run } from "../../../io/script.ts";

const counting = (length: number, from = 0) => Uint8Array.from({ length }, (_, index) => from + index);

const PRFS: readonly (readonly [HashName, string])[] = [
  [
    "SHA-256",
    "5e592056409176642155dc1dd34ebfd63092fa9f64b8c938e4b2c4b65a83684bf4e34fb940822f56376290728ccc6205f70cf4aac08ef599" +
    "7801cfb9ae91c560863e60acc2ef947d97bc150b7b465d21e47d2a4c1c1dccb77b6fa2c6f12a86bf14dccf31",
  ],
  [
    "SHA-384",
    "34e1bc25892a958fabddb5848ccd59452f263c57eeb9225745c711f6d217613143b88bf058cccdb17f74f7cde991dd4622093ea2c4628472" +
    "227464ea6ed45370f11e0fff2a1c94a90359d3f760125e7114826ffceb9d45a280da95290088a333c127a8c5",
  ],
];

for (const provider of [nodeCrypto(), webCrypto()]) {
  for (const [hash, expected] of PRFS) {
    Deno.test(`PRF of TLS 1.2: ${hash} by ${provider.name}, and every shorter length is its beginning`, async () => {
      const derive = (length: number) =>
        run(prf(provider, hash, counting(48), "test label", counting(64, 100), length));
      for (const length of [100, 99, 64, 48, 32, 12, 1, 0]) {
        assertEquals(encodeHex(await derive(length)), expected.slice(0, 2 * length));
      }
    });
  }
}

const PROVIDER = nodeCrypto();
const RANDOMS = { client: new Uint8Array(32).fill(0x11), server: new Uint8Array(32).fill(0x22) };
const TRANSCRIPT = await PROVIDER.digest("SHA-256", new TextEncoder().encode("transcript"));
const MAIN_SECRET =
  "f6550fc97649b6cb29f5d4d5006cbf69edacc80c5af55f7cf19db4e3e3b90ca2a198457b64a6ed72c4b524d822cefc59";

function mainSecret(sessionHash?: Uint8Array): Promise<Tls12MainSecret> {
  return Promise.resolve(run(tls12MainSecret(PROVIDER, "SHA-256", counting(32), RANDOMS, sessionHash)));
}

Deno.test("the main secret, and the extended one (RFC 7627)", async () => {
  assertEquals(encodeHex((await mainSecret()).reveal()), MAIN_SECRET);
  assertEquals(
    encodeHex((await mainSecret(TRANSCRIPT)).reveal()),
    "08c57243a4862f4c185b0cacc6294ca503e0d7faf36b4f6a53c7114a4f2cbd031dd7de18962373e6009459baa3926d03",
  );
});

Deno.test("the key block: keys of client and server, then their IVs", async () => {
  const keys: Uint8Array[] = [];
  const [suite] = tls12SuitesOf(
    PROVIDER.cipherSuites.filter(({ name }) => name === "TLS_AES_128_GCM_SHA256"),
  );
  if (suite === undefined) throw new Error("there is a suite");
  const spying: typeof suite = {
    ...suite,
    importKey(key) {
      keys.push(key.slice());
      return suite.importKey(key);
    },
  };
  const block = await run((await mainSecret()).keyBlock(spying));
  assertEquals(
    encodeHex(concat([...keys, block.client.iv, block.server.iv])),
    "eaa6f8f3aa10fcdd334aa6ce53560ab5f060b8dd60f95f726da9630c23482f356752cc847a8065f7",
  );
});

Deno.test("verify_data of the client's Finished", async () => {
  const main = await mainSecret();
  assertEquals(encodeHex(await run(main.verifyData("client", TRANSCRIPT))), "467d67c6539f1a04dc9b3a16");
});

Deno.test("exported keying material: without a context, with an empty one, with one (RFC 5705)", async () => {
  const main = await mainSecret();
  const rows: readonly (readonly [Uint8Array | undefined, string])[] = [
    [undefined, "421de1f0e55f220025f3372e6c300ccceee8fae2e9dfb540396931b7265a62a5"],
    [new Uint8Array(0), "621344c32fe61e805a39784796f34c1656c64b25cacc5a367e97007e089a1a68"],
    [new TextEncoder().encode("abc"), "68ba976fed344617c6b6dfe41487676b465b2d140e6515f780c4f9690f227ae3"],
  ];
  for (const [context, expected] of rows) {
    assertEquals(encodeHex(await run(main.exportKeyingMaterial("EXPORTER-x", context, 32))), expected);
  }
});

Deno.test("exported keying material: lengths, labels and contexts that cannot be", async () => {
  const main = await mainSecret();
  const rows = [
    () => main.exportKeyingMaterial("x", undefined, 0),
    () => main.exportKeyingMaterial("x", undefined, 1.5),
    () => main.exportKeyingMaterial("x", undefined, 8161),
    () => main.exportKeyingMaterial("ä", undefined, 1),
    () => main.exportKeyingMaterial("x".repeat(250), undefined, 1),
    () => main.exportKeyingMaterial("x", new Uint8Array(65_536), 1),
  ];
  for (const row of rows) await assertRejects(async () => await run(row()), RangeError);
});

Deno.test("exported keying material: the longest lengths, labels and contexts", async () => {
  const main = await mainSecret();
  assertEquals((await run(main.exportKeyingMaterial("x".repeat(249), undefined, 8160))).length, 8160);
  assertEquals((await run(main.exportKeyingMaterial(" ~", new Uint8Array(65_535), 1))).length, 1);
});

Deno.test("the main secret: no inspector shows it", () => {
  const main = new Tls12MainSecret(PROVIDER, "SHA-256", new Uint8Array(48).fill(0xab), RANDOMS);
  assertEquals(/171|abab/.test(Deno.inspect(main, { depth: 9 }) + JSON.stringify(main)), false);
});
