/** Tickets that carry their session: sealing, opening, and the ages of their keys. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { rotatingTicketer, type Ticketer } from "../../../tls/session/ticketer.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2030, 0, 1);
const SESSION = new TextEncoder().encode("the state of a session");

/** A time so many hours after the beginning. */
function at(hours: number): Date {
  return new Date(START + hours * HOUR);
}

for (const provider of [nodeCrypto(), webCrypto()]) {
  Deno.test(`rotatingTicketer (${provider.name}) opens what it sealed`, async () => {
    const ticketer = rotatingTicketer(provider);
    const ticket = await ticketer.seal(SESSION, at(0));
    assertEquals(await ticketer.open(ticket, at(1)), SESSION);
  });

  Deno.test(`rotatingTicketer (${provider.name}) opens nothing that was changed or cut`, async () => {
    const ticketer = rotatingTicketer(provider);
    const ticket = await ticketer.seal(SESSION, at(0));
    for (let i = 0; i < ticket.length; i++) {
      const changed = ticket.map((byte, at) => at === i ? byte ^ 1 : byte);
      assertEquals(await ticketer.open(changed, at(0)), undefined, `byte ${i} changed`);
      assertEquals(await ticketer.open(ticket.subarray(0, i), at(0)), undefined, `${i} bytes`);
    }
  });

  Deno.test(`rotatingTicketer (${provider.name}) does not open another's tickets`, async () => {
    const ticket = await rotatingTicketer(provider).seal(SESSION, at(0));
    const other = rotatingTicketer(provider);
    await other.seal(SESSION, at(0));
    assertEquals(await other.open(ticket, at(0)), undefined);
  });
}

Deno.test("rotatingTicketer seals synchronously with a synchronous provider", () => {
  const ticket = rotatingTicketer(nodeCrypto()).seal(SESSION, at(0));
  assertEquals(ticket instanceof Uint8Array, true);
});

Deno.test("rotatingTicketer shows nothing of the session in a ticket, and no two tickets are alike", async () => {
  const ticketer = rotatingTicketer(nodeCrypto());
  const [one, other] = [await ticketer.seal(SESSION, at(0)), await ticketer.seal(SESSION, at(0))];
  assertNotEquals(one, other);
  const text = new TextDecoder("latin1").decode(one);
  assertEquals(text.includes("session"), false);
});

const AGES = [
  { name: "at once", sealed: 0, opened: 0, opens: true },
  { name: "just before the key is 12 hours old", sealed: 0, opened: 11.99, opens: true },
  { name: "not when the key is 12 hours old", sealed: 0, opened: 12, opens: false },
  { name: "sealed in the key's last moment, 6 hours later", sealed: 5.99, opened: 11.98, opens: true },
  { name: "by a clock that was set back", sealed: 0, opened: -3, opens: true },
];
for (const { name, sealed, opened, opens } of AGES) {
  Deno.test(`rotatingTicketer ${opens ? "opens" : "opens nothing"}: ${name}`, async () => {
    const ticketer = rotatingTicketer(nodeCrypto());
    await ticketer.seal(SESSION, at(0));
    const ticket = await ticketer.seal(SESSION, at(sealed));
    assertEquals(await ticketer.open(ticket, at(opened)), opens ? SESSION : undefined);
  });
}

Deno.test("rotatingTicketer takes a new key every 6 hours and keeps one old key", async () => {
  const ticketer = rotatingTicketer(nodeCrypto());
  const tickets = [];
  for (const hour of [0, 5, 6, 11, 14]) tickets.push(await ticketer.seal(SESSION, at(hour)));
  const keys = tickets.map((ticket) => ticket.subarray(0, 16).join());
  assertEquals(keys.map((key) => keys.indexOf(key)), [0, 0, 2, 2, 4]);
  assertEquals(await opened(ticketer, tickets, at(14)), [false, false, true, true, true]);
});

Deno.test("rotatingTicketer keeps the old key while it seals with the new one", async () => {
  const ticketer = rotatingTicketer(nodeCrypto());
  const tickets = [];
  for (const hour of [0, 6, 7, 8, 9]) tickets.push(await ticketer.seal(SESSION, at(hour)));
  assertEquals(await opened(ticketer, tickets, at(9)), [true, true, true, true, true]);
});

Deno.test("rotatingTicketer seals with the longest key that the provider has, in whatever order", async () => {
  const honest = nodeCrypto();
  for (const suites of [honest.cipherSuites, honest.cipherSuites.toReversed()]) {
    const lengths: number[] = [];
    const cipherSuites = suites.filter(({ name }) => name !== "TLS_CHACHA20_POLY1305_SHA256").map((
      suite,
    ) => ({
      ...suite,
      importKey(key: Uint8Array) {
        lengths.push(key.length);
        return suite.importKey(key);
      },
    }));
    await rotatingTicketer({ ...honest, cipherSuites }).seal(SESSION, at(0));
    assertEquals(lengths, [32]);
  }
});

Deno.test("rotatingTicketer has the lifetime of the last ticket of a key", () => {
  assertEquals(rotatingTicketer(nodeCrypto()).lifetime, 6 * 3600);
});

async function opened(ticketer: Ticketer, tickets: readonly Uint8Array[], now: Date): Promise<boolean[]> {
  const results = [];
  for (const ticket of tickets) results.push(await ticketer.open(ticket, now) !== undefined);
  return results;
}

Deno.test("rotatingTicketer gives the provider no nonce that was cut short", async () => {
  const honest = nodeCrypto();
  const lengths: number[] = [];
  const ticketer = rotatingTicketer({
    ...honest,
    cipherSuites: honest.cipherSuites.map((suite) => ({
      ...suite,
      async importKey(key) {
        const aead = await suite.importKey(key);
        return {
          seal: (...content) => aead.seal(...content),
          open(nonce, aad, ciphertext) {
            lengths.push(nonce.length);
            return aead.open(nonce, aad, ciphertext);
          },
        };
      },
    })),
  });
  const ticket = await ticketer.seal(SESSION, at(0));
  for (let length = 0; length < 28; length++) {
    assertEquals(await ticketer.open(ticket.subarray(0, length), at(0)), undefined);
  }
  assertEquals(await ticketer.open(ticket, at(0)), SESSION);
  assertEquals(lengths, [12]);
});
