/** Certificate compression between both ends: each algorithm, both roles, every split, and where it is not used. */

import { assert, assertEquals } from "@std/assert";
import type { CertificateCompression } from "../../../tls/config/certificate_compression.ts";
import type { ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { platformCompressions } from "../../../tls/config/platform_compression.ts";
import type { ServerConfigOptions } from "../../../tls/config/server_config.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import type { CertificateCompressionName } from "../../../tls/wire/numbers.ts";
import { bytewise, type Cut, cutOnce, type End } from "../connection/connection_pair.ts";
import { clientConfig, identity, ROOTS, serverConfig, shakeHands } from "../tls12/pair.ts";

const NAMES = ["zlib", "brotli", "zstd"] as const;

/** What an algorithm was used for. */
interface Uses {
  readonly id: number;
  compressed: number;
  decompressed: number;
}

/** An algorithm that counts, and takes two bytes off that every Certificate of TLS 1.3 begins with. */
function counting(id: number): CertificateCompression & Uses {
  return {
    id,
    compressed: 0,
    decompressed: 0,
    compress(certificate) {
      this.compressed++;
      return certificate.subarray(2);
    },
    decompress(compressed) {
      this.decompressed++;
      return Uint8Array.of(0, 0, ...compressed);
    },
  };
}

interface Options {
  readonly client?: Partial<ClientConfigOptions>;
  readonly server?: Partial<ServerConfigOptions>;
  readonly cut?: Cut;
}

/** A handshake by TLS 1.3 in which both ends show a certificate. */
async function bothShow({ client, server, cut }: Options): Promise<{ client: End; server: End }> {
  const versions = ["TLSv1.3"] as const;
  return await shakeHands(
    clientConfig({ versions, identity: await identity(), ...client }),
    await serverConfig({ versions, clientAuth: { roots: ROOTS }, ...server }),
    cut,
  );
}

function assertDone({ client, server }: { readonly client: End; readonly server: End }): void {
  assertEquals([client.failure, server.failure], [undefined, undefined]);
  assert(!client.connection.isHandshaking && !server.connection.isHandshaking);
  assertEquals(client.connection.facts?.peerCertificates.length, 1);
}

/** The bytes that both ends have sent. */
function sentBy({ client, server }: { readonly client: End; readonly server: End }): [number, number] {
  return [client.sent, server.sent];
}

for (const name of NAMES) {
  Deno.test(`${name}: both ends send fewer bytes, and both are verified`, async () => {
    const [identity256] = [await identity("rsa")]; // a longer one
    const plain = await bothShow({ client: { identity: identity256 }, server: { identity: identity256 } });
    const certificateCompression: readonly CertificateCompressionName[] = [name];
    const ends = await bothShow({
      client: { certificateCompression, identity: identity256 },
      server: { certificateCompression, identity: identity256 },
    });
    assertDone(plain);
    assertDone(ends);
    const [[c0, s0], [c1, s1]] = [sentBy(plain), sentBy(ends)];
    assert(c1 < c0 && s1 < s0, `${c1} of ${c0}, ${s1} of ${s0}`);
    assertEquals(ends.server.connection.facts?.peerCertificates.length, 1);
  });
}

Deno.test("a compressed handshake is the same on every split of what the ends send", async () => {
  const certificateCompression: readonly CertificateCompressionName[] = ["zlib"];
  const options = { client: { certificateCompression }, server: { certificateCompression } };
  assertDone(await bothShow({ ...options, cut: bytewise }));
  const whole = await bothShow(options);
  for (let after = 1; after < whole.server.sent; after += 7) {
    assertDone(await bothShow({ ...options, cut: cutOnce("server", after) }));
  }
});

Deno.test("the server's preference decides for its Certificate, the client's for its own", async () => {
  const [c1, c2, s1, s2] = [counting(1), counting(2), counting(1), counting(2)];
  assertDone(
    await bothShow({
      client: { certificateCompression: [c1, c2] },
      server: { certificateCompression: [s2, s1] },
    }),
  );
  assertEquals([c1.compressed, c2.compressed, s1.compressed, s2.compressed], [1, 0, 0, 1]);
  assertEquals([c1.decompressed, c2.decompressed, s1.decompressed, s2.decompressed], [0, 1, 1, 0]);
});

Deno.test("nothing is compressed for an end that does not ask for it", async () => {
  for (const silent of ["client", "server"] as const) {
    const algorithm = counting(1);
    const other = silent === "client" ? "server" : "client";
    assertDone(await bothShow({ [other]: { certificateCompression: [algorithm] } }));
    assertEquals([algorithm.compressed, algorithm.decompressed], [0, 0]);
  }
});

Deno.test("TLS 1.2 has no certificate compression", async () => {
  const algorithm = counting(1);
  const versions = ["TLSv1.2"] as const;
  assertDone(
    await bothShow({
      client: { versions, certificateCompression: [algorithm] },
      server: { versions, certificateCompression: [algorithm] },
    }),
  );
  assertEquals([algorithm.compressed, algorithm.decompressed], [0, 0]);
});

Deno.test("a chain is compressed once for all connections of a config", async () => {
  const algorithm = counting(1);
  const versions = ["TLSv1.3"] as const;
  const server = await serverConfig({ versions, certificateCompression: [algorithm] });
  for (let i = 0; i < 3; i++) {
    assertDone(await shakeHands(clientConfig({ versions, certificateCompression: [counting(1)] }), server));
  }
  assertEquals(algorithm.compressed, 1);
});

Deno.test("bad input 36: garbage in either direction is refused with the alert bad_certificate", async () => {
  for (const liar of ["client", "server"] as const) {
    const honest = liar === "client" ? "server" : "client";
    const zlib = platformCompressions().get("zlib");
    assert(zlib !== undefined);
    const garbage: CertificateCompression = { ...zlib, compress: () => new Uint8Array(99).fill(9) };
    const ends = await bothShow({
      [liar]: { certificateCompression: [garbage] },
      [honest]: { certificateCompression: ["zlib"] },
    });
    const [refusal, alert] = [ends[honest].failure, ends[liar].failure];
    assert(refusal instanceof TlsError && alert instanceof TlsError);
    assertEquals([refusal.code, alert.alert], ["invalid_certificate_compression", "bad_certificate"]);
  }
});

Deno.test("algorithms that answer by promises, and late, are waited for", async () => {
  const late: CertificateCompression = {
    id: 1,
    compress: async (certificate) => (await Promise.resolve(), certificate.subarray(2)),
    decompress: async (compressed) => (await Promise.resolve(), Uint8Array.of(0, 0, ...compressed)),
  };
  assertDone(
    await bothShow({
      client: { certificateCompression: [late] },
      server: { certificateCompression: [late] },
    }),
  );
});
