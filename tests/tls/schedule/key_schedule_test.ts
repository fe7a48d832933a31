/**
 * The key schedule against RFC 8448, whose traces show every value on the way.
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CipherSuite, CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { exportKeyingMaterial } from "../../../tls/schedule/exporter.ts";
import { earlySecret, earlySecretOfPsk } from "../../../tls/schedule/key_schedule.ts";
import {
  nextTrafficSecret,
  resumptionPsk,
  trafficKeys,
  verifyData,
} from "../../../tls/schedule/traffic_keys.ts";
import { run, type Script } from "../../../io/script.ts";

/** RFC 8448 §3, "Simple 1-RTT Handshake": TLS_AES_128_GCM_SHA256. */
const TRACE = {
  shared: "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d",
  helloHash: "860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8",
  clientHandshake: "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
  serverHandshake: "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
  finishedHash: "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13",
  clientApplication: "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
  serverApplication: "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
  exporter: "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
  completeHash: "209145a96ee8e2a122ff810047cc952684658d6049e86429426db87c54ad143d",
  resumption: "7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c",
} as const;

const PROVIDERS: readonly CryptoProvider[] = [nodeCrypto(), webCrypto(), denoCrypto()];

for (const provider of PROVIDERS) {
  Deno.test(`key schedule of RFC 8448 §3 with ${provider.name}`, async () => {
    const found = await run(schedule(provider));
    assertEquals(found, {
      clientHandshake: TRACE.clientHandshake,
      serverHandshake: TRACE.serverHandshake,
      clientApplication: TRACE.clientApplication,
      serverApplication: TRACE.serverApplication,
      exporter: TRACE.exporter,
      resumption: TRACE.resumption,
    });
  });

  Deno.test(`key schedule: the remembered constants give the same secrets with ${provider.name}`, async () => {
    assertEquals(await run(schedule(provider)), await run(schedule(provider)));
  });

  Deno.test(`trafficKeys: the server's handshake keys of RFC 8448 §3 with ${provider.name}`, async () => {
    const imported: Uint8Array[] = [];
    const { key, iv } = await run(
      trafficKeys(provider, spying(provider, imported), decodeHex(TRACE.serverHandshake)),
    );
    assertEquals(imported.map(encodeHex), ["3fce516009c21727d0f2e4e86ee403bc"]);
    assertEquals(encodeHex(iv), "5d313eb2671276ee13000b30");
    const sealed = await key.seal(iv, new Uint8Array(0), Uint8Array.of(1, 2, 3));
    assertEquals(await key.open(iv, new Uint8Array(0), sealed), Uint8Array.of(1, 2, 3));
  });

  Deno.test(`resumptionPsk: the ticket of RFC 8448 §3 with ${provider.name}`, async () => {
    const psk = await run(
      resumptionPsk(provider, "SHA-256", decodeHex(TRACE.resumption), Uint8Array.of(0, 0)),
    );
    assertEquals(encodeHex(psk), PSK);
  });

  Deno.test(`binderKey and verifyData: the binder of RFC 8448 §4 with ${provider.name}`, async () => {
    const early = await run(earlySecretOfPsk(provider, "SHA-256", decodeHex(PSK)));
    const binderKey = await run(early.binderKey());
    assertEquals(encodeHex(binderKey), "69fe131a3bbad5d63c64eebcc30e395b9d8107726a13d074e389dbc8a4e47256");
    const helloHash = decodeHex("63224b2e4573f2d3454ca84b9d009a04f6be9e05711a8396473aefa01e924a14");
    const binder = await run(verifyData(provider, "SHA-256", binderKey, helloHash));
    assertEquals(encodeHex(binder), "3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d");
  });
}

/** RFC 8448 §3, "generate resumption secret". */
const PSK = "4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3";

Deno.test("key schedule: with a synchronous provider nothing is asynchronous", () => {
  const provider = nodeCrypto();
  assertEquals(run(schedule(provider)) instanceof Promise, false);
});

Deno.test("key schedule: no inspector shows the secrets", async () => {
  const early = await run(earlySecretOfPsk(nodeCrypto(), "SHA-256", new Uint8Array(32).fill(0xab)));
  const handshake = await run(early.handshake(new Uint8Array(32).fill(0xcd)));
  const main = await run(handshake.main());
  for (const stage of [early, handshake, main]) {
    assertEquals(Deno.inspect(stage), `${stage.constructor.name} {}`);
    assertStrictEquals(JSON.stringify(stage), "{}");
  }
});

Deno.test("nextTrafficSecret: a secret of the hash's length that is another each time", () => {
  const provider = nodeCrypto();
  for (const [hash, length] of [["SHA-256", 32], ["SHA-384", 48]] as const) {
    const first = new Uint8Array(length).fill(7);
    const second = now(nextTrafficSecret(provider, hash, first));
    const third = now(nextTrafficSecret(provider, hash, second));
    assertEquals([second.length, third.length], [length, length]);
    assertEquals(new Set([first, second, third].map(encodeHex)).size, 3);
  }
});

Deno.test("exportKeyingMaterial: as long as asked for, by label and context, and none is the same as empty", () => {
  const provider = nodeCrypto();
  const secret = decodeHex(TRACE.exporter);
  const none = new Uint8Array(0);
  const material = (label: string, context: Uint8Array, length: number) =>
    encodeHex(now(exportKeyingMaterial(provider, "SHA-256", secret, label, context, length)));
  assertEquals(material("EXPORTER-a", none, 16).length, 32);
  assertEquals(material("EXPORTER-a", none, 255 * 32).length, 2 * 255 * 32);
  for (const label of ["x", " ~", "x".repeat(249)]) assertEquals(material(label, none, 1).length, 2);
  const different = [
    material("EXPORTER-a", none, 32),
    material("EXPORTER-b", none, 32),
    material("EXPORTER-a", Uint8Array.of(0), 32),
    material("EXPORTER-a", none, 33).slice(0, 64), // the length is part of what is derived
  ];
  assertEquals(new Set(different).size, different.length);
});

Deno.test("exportKeyingMaterial: refuses lengths and labels out of range", () => {
  const provider = nodeCrypto();
  const secret = new Uint8Array(32);
  const none = new Uint8Array(0);
  for (const length of [0, -1, 1.5, NaN, 255 * 32 + 1, Infinity]) {
    assertThrows(
      () => run(exportKeyingMaterial(provider, "SHA-256", secret, "EXPORTER-a", none, length)),
      RangeError,
      "length must be an integer from 1 to 8160",
    );
  }
  for (const label of ["", "x".repeat(250), "é".repeat(125)]) {
    assertThrows(
      () => run(exportKeyingMaterial(provider, "SHA-256", secret, label, none, 32)),
      RangeError,
      "the label must have 1 to 249 characters of ASCII",
    );
  }
});

/** All secrets of the trace. */
function* schedule(provider: CryptoProvider): Script<Record<string, string>> {
  const helloHash = decodeHex(TRACE.helloHash);
  const finishedHash = decodeHex(TRACE.finishedHash);
  const early = yield* earlySecret(provider, "SHA-256");
  const handshake = yield* early.handshake(decodeHex(TRACE.shared));
  const main = yield* handshake.main();
  return {
    clientHandshake: encodeHex(yield* handshake.clientTraffic(helloHash)),
    serverHandshake: encodeHex(yield* handshake.serverTraffic(helloHash)),
    clientApplication: encodeHex(yield* main.clientTraffic(finishedHash)),
    serverApplication: encodeHex(yield* main.serverTraffic(finishedHash)),
    exporter: encodeHex(yield* main.exporter(finishedHash)),
    resumption: encodeHex(yield* main.resumption(decodeHex(TRACE.completeHash))),
  };
}

/** TLS_AES_128_GCM_SHA256 that tells which keys it was given. */
function spying(provider: CryptoProvider, imported: Uint8Array[]): CipherSuite {
  const suite = provider.cipherSuites.find(({ name }) => name === "TLS_AES_128_GCM_SHA256");
  if (suite === undefined) throw new Error(`${provider.name} has no AES-128-GCM`);
  return {
    ...suite,
    importKey(key): ReturnType<CipherSuite["importKey"]> {
      imported.push(concat([key]));
      return suite.importKey(key);
    },
  };
}

function now<T>(script: Script<T>): T {
  const value = run(script);
  if (value instanceof Promise) throw new Error("a synchronous provider answered later");
  return value;
}
