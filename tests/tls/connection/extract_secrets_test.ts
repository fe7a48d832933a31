/** dangerousExtractSecrets: another implementation goes on with the connection where this one stopped. */

import { concat } from "@std/bytes/concat";
import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { delay } from "@std/async/delay";
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Eventual } from "../../../io/script.ts";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ExtractedKeys, ExtractedSecrets } from "../../../tls/connection/extract_secrets.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { CipherSuiteName } from "../../../tls/wire/numbers.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { AUTHORITY, identityOf, SERVER } from "../handshake/server/server_fixture.ts";
import { type End, endOf, talk, textOf } from "./connection_pair.ts";

interface Ends {
  readonly client: End;
  readonly server: End;
}

async function meet(
  client: Partial<ClientConfigOptions> = {},
  server: Partial<ServerConfigOptions> = {},
  crypto: CryptoProvider = nodeCrypto(),
): Promise<Ends> {
  const roots = RootCertStore.fromPem(AUTHORITY.certPem);
  const ends = {
    client: endOf(new ClientConnection(new ClientConfig({ crypto, roots, ...client }), "example.com")),
    server: endOf(
      new ServerConnection(new ServerConfig({ crypto, identity: identityOf(SERVER), ...server })),
    ),
  };
  await talk(ends.client, ends.server);
  assertEquals([ends.client.failure, ends.server.failure], [undefined, undefined]);
  return ends;
}

const EXTRACTING = { enableSecretExtraction: true } as const;

/** The protection of records after the RFCs, by Node's ciphers. */
class Kernel {
  readonly #secrets: ExtractedSecrets;
  #sent = 0;
  #received = 0;

  constructor(secrets: ExtractedSecrets) {
    this.#secrets = secrets;
  }

  seal(text: string): Uint8Array {
    const { tx } = this.#secrets;
    const content = new TextEncoder().encode(text);
    const { nonce, sequence, explicit } = this.#nonce(tx, this.#sent++);
    const inner = this.#isTls13 ? concat([content, Uint8Array.of(0x17)]) : content;
    const header = this.#header(explicit.length + inner.length + 16);
    const cipher = createCipheriv(this.#cipher, tx.key, nonce, { authTagLength: 16 });
    const additional = this.#isTls13 ? header : concat([sequence, this.#header(inner.length)]);
    cipher.setAAD(additional, { plaintextLength: inner.length });
    const sealed = [cipher.update(inner), cipher.final(), cipher.getAuthTag()];
    return concat([header, explicit, ...sealed.map((part) => new Uint8Array(part))]);
  }

  open(record: Uint8Array): string {
    const { rx } = this.#secrets;
    const { nonce, sequence, explicit } = this.#nonce(rx, this.#received++);
    const body = record.subarray(5 + explicit.length, record.length - 16);
    const decipher = createDecipheriv(this.#cipher, rx.key, nonce, { authTagLength: 16 });
    const additional = this.#isTls13 ? record.subarray(0, 5) : concat([sequence, this.#header(body.length)]);
    decipher.setAAD(additional, { plaintextLength: body.length });
    decipher.setAuthTag(record.subarray(record.length - 16));
    const inner = new Uint8Array([...decipher.update(body), ...decipher.final()]);
    return new TextDecoder().decode(this.#isTls13 ? inner.subarray(0, -1) : inner);
  }

  get #isTls13(): boolean {
    return this.#secrets.protocolVersion === "TLSv1.3";
  }

  get #cipher(): "chacha20-poly1305" {
    const { cipherSuite } = this.#secrets;
    // The types of Node's module know one set of options for each cipher; those of this one are those of all.
    const name = cipherSuite.includes("CHACHA20")
      ? "chacha20-poly1305"
      : cipherSuite.includes("AES_128")
      ? "aes-128-gcm"
      : "aes-256-gcm";
    return name as "chacha20-poly1305";
  }

  #header(length: number): Uint8Array {
    return Uint8Array.of(0x17, 3, 3, length >> 8, length);
  }

  #nonce({ iv, sequence }: ExtractedKeys, later: number) {
    const number = new Uint8Array(8);
    new DataView(number.buffer).setBigUint64(0, BigInt(sequence + later));
    if (iv.length === 4) return { sequence: number, explicit: number, nonce: concat([iv, number]) };
    const nonce = iv.map((byte, at) => byte ^ (at < 4 ? 0 : number[at - 4] ?? 0));
    return { sequence: number, explicit: new Uint8Array(0), nonce };
  }
}

const SUITES: readonly CipherSuiteName[] = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
];

for (const provider of [nodeCrypto(), webCrypto()]) {
  for (const suite of SUITES) {
    const base = suite.replace("ECDHE_ECDSA_WITH_", "");
    if (!provider.cipherSuites.some(({ name }) => name === base)) continue;
    const versions = [suite.includes("ECDHE") ? "TLSv1.2" : "TLSv1.3"] as const;
    for (const role of ["client", "server"] as const) {
      Deno.test(`the secrets of a ${role} with ${suite} are those of its records (${provider.name})`, async () => {
        const common = { versions, cipherSuites: [suite] };
        const ends = await meet({ ...common, ...EXTRACTING }, { ...common, ...EXTRACTING }, provider);
        const [own, peer] = role === "client" ? [ends.client, ends.server] : [ends.server, ends.client];
        // Sequence numbers, and in TLS 1.3 keys, that are not the first.
        if (versions[0] === "TLSv1.3") await peer.connection.refreshTrafficKeys();
        for (const text of ["a", "b"]) await peer.connection.send(new TextEncoder().encode(text));
        await own.connection.send(new TextEncoder().encode("c"));
        await talk(ends.client, ends.server);

        const kernel = new Kernel(await own.connection.dangerousExtractSecrets());
        for (const text of ["from the kernel", "once more"]) peer.connection.receive(kernel.seal(text));
        await talk(ends.client, ends.server);
        assertEquals([textOf(peer), peer.failure], ["cfrom the kernelonce more", undefined]);
        await peer.connection.send(new TextEncoder().encode("to the kernel"));
        assertEquals(kernel.open(peer.connection.output() ?? new Uint8Array(0)), "to the kernel");
      });
    }
  }
}

Deno.test("secrets are extracted only where the config says so", async () => {
  const { client } = await meet();
  const error = assertThrows(() => client.connection.dangerousExtractSecrets(), TypeError);
  assertEquals(error.message, 'Cannot extract secrets: the config does not say "enableSecretExtraction"');
  await client.connection.send(Uint8Array.of(1)); // the connection goes on
});

Deno.test("secrets are extracted only after the handshake", () => {
  const config = new ClientConfig({ crypto: nodeCrypto(), verifier: () => {}, ...EXTRACTING });
  const connection = new ClientConnection(config, "example.com");
  const error = assertThrows(() => connection.dangerousExtractSecrets(), TlsError);
  assertEquals(error.code, "handshake_incomplete");
});

const HELD: readonly {
  readonly name: string;
  readonly hold: (ends: Ends) => unknown;
  readonly message: string;
}[] = [
  {
    name: "output that is not written",
    hold: ({ client }) => client.connection.send(Uint8Array.of(1)),
    message: "Cannot extract secrets: there is output to write",
  },
  {
    name: "half a record of the peer",
    hold: async ({ client, server }) => {
      await server.connection.send(Uint8Array.of(1));
      client.connection.receive((server.connection.output() ?? new Uint8Array(0)).subarray(0, 9));
      await client.connection.next();
    },
    message: "Cannot extract secrets: there are events to ask for",
  },
  {
    name: "data of the peer that was not asked for",
    hold: async ({ client, server }) => {
      await server.connection.send(Uint8Array.of(1));
      client.connection.receive(server.connection.output() ?? new Uint8Array(0));
    },
    message: "Cannot extract secrets: there are events to ask for",
  },
  {
    name: "a close_notify of the peer",
    hold: async ({ client, server }) => {
      await server.connection.sendCloseNotify();
      await talk(client, server);
    },
    message: "Cannot extract secrets: close_notify was sent or received",
  },
  {
    name: "a close_notify of this end",
    hold: async ({ client, server }) => {
      await client.connection.sendCloseNotify();
      await talk(client, server);
    },
    message: "Cannot extract secrets: close_notify was sent or received",
  },
];
for (const { name, hold, message } of HELD) {
  Deno.test(`secrets are not extracted beside ${name}`, async () => {
    const ends = await meet(EXTRACTING);
    await hold(ends);
    assertEquals(
      assertThrows(() => ends.client.connection.dangerousExtractSecrets(), TypeError).message,
      message,
    );
  });
}

Deno.test("secrets are not extracted while a KeyUpdate of the peer is received: they would be the old ones", async () => {
  const { client, server } = await meet(EXTRACTING, EXTRACTING, webCrypto());
  await server.connection.refreshTrafficKeys(false);
  client.connection.receive(server.connection.output() ?? new Uint8Array(0));
  const step = Promise.resolve(client.connection.next());
  let isDone = false;
  let found: Eventual<ExtractedSecrets> | undefined;
  step.then(() => isDone = true);
  const message = "Cannot extract secrets: there are events to ask for";
  for (let turn = 1; !isDone; turn++) {
    if (turn % 20 === 0) await delay(0);
    else await undefined;
    let refusal: unknown;
    try {
      found = client.connection.dangerousExtractSecrets();
      break; // the step was done a few turns before its promise tells
    } catch (error) {
      refusal = error;
    }
    assertInstanceOf(refusal, TypeError);
    assertEquals(refusal.message, message);
  }
  found ??= client.connection.dangerousExtractSecrets();
  assertEquals((await found).rx, (await server.connection.dangerousExtractSecrets()).tx);
});

Deno.test("extracting the secrets finishes the connection, also while they are derived", async () => {
  for (const provider of [nodeCrypto(), webCrypto()]) {
    const { client } = await meet(EXTRACTING, {}, provider);
    const secrets = client.connection.dangerousExtractSecrets();
    const message = "Cannot use the connection: its secrets were extracted";
    for (
      const use of [
        () => client.connection.next(),
        () => client.connection.send(Uint8Array.of(1)),
        () => client.connection.refreshTrafficKeys(),
        () => client.connection.dangerousExtractSecrets(),
      ]
    ) {
      await assertRejects(async () => await use(), TypeError, message);
    }
    await client.connection.sendCloseNotify();
    assertEquals(client.connection.output(), undefined);
    assertEquals((await secrets).cipherSuite, client.connection.facts?.cipherSuite);
  }
});
