/** A client resumes by default: every connection that it opens, in both versions of TLS and of HTTP. */

import { assertEquals } from "@std/assert";
import { Client, type ClientResponse } from "../../mod.ts";
import { RootCertStore, TlsConnector } from "../../tls/mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { installed, startNginx } from "../support/peers.ts";

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, { names: ["localhost"] });
const ROOTS = RootCertStore.fromPem(AUTHORITY.certPem);

/** Connections at once: as many as browsers open to an origin. */
const AT_ONCE = 6;

const VERSIONS = [["TLSv1.3", "by ticket"], ["TLSv1.2", "by ticket"], ["TLSv1.2", "by session ID"]] as const;

/** Whether each of some responses came over a resumed connection, all of them of that version. */
async function resumedOf(
  version: string,
  responses: readonly Promise<ClientResponse>[],
): Promise<readonly (boolean | undefined)[]> {
  return await Promise.all(responses.map(async (pending) => {
    const response = await pending;
    await response.text();
    const { tls } = response.connection;
    assertEquals(tls?.protocolVersion, version);
    return tls?.resumed;
  }));
}

/** Waves in which there is a session for each connection at last, even if some of them are lost on a slow machine. */
const WAVES = 20;

/**
 * Connects in waves. Every full handshake brings a session more (of TLS 1.3, two), and every resumption keeps their
 * number, so after some waves there is one for each connection. A connection that the pool opens, and does not need any
 * more, is closed before its tickets come.
 */
async function assertResumption(wave: () => Promise<readonly (boolean | undefined)[]>): Promise<void> {
  let resumed = await wave();
  assertEquals(resumed.includes(false), true, "there are no sessions yet");
  for (let waves = 1; waves < WAVES && resumed.includes(false); waves++) resumed = await wave();
  assertEquals(resumed, repeated(() => true));
}

function repeated<T>(make: () => T): T[] {
  return Array.from({ length: AT_ONCE }, make);
}

for (const [version, by] of VERSIONS) {
  const server = `ssl_session_cache shared:ductile:1m; ssl_session_tickets ${
    by === "by session ID" ? "off" : "on"
  };`;

  Deno.test({
    name: `Client: ${version} ${by}: ${AT_ONCE} connections of HTTP/1.1 at once resume those before them`,
    ignore: !installed("nginx"),
    async fn() {
      await using nginx = await startNginx({ certificate: CERTIFICATE, protocols: version, server });
      const url = `https://localhost:${nginx.https1}/`;
      using client = new Client({ roots: ROOTS, pool: { maxIdlePerOrigin: 0 } });
      const wave = () => resumedOf(version, repeated(() => client.get(url)));
      await assertResumption(wave);
    },
  });

  Deno.test({
    name: `Client: ${version} ${by}: ${AT_ONCE} connections of HTTP/2 at once resume those before them`,
    ignore: !installed("nginx"),
    async fn() {
      await using nginx = await startNginx({ certificate: CERTIFICATE, protocols: version, server });
      const url = `https://localhost:${nginx.https}/`;
      // A client has one connection of HTTP/2 to an origin: several clients share the sessions.
      const tls = new TlsConnector({ roots: ROOTS });
      const wave = async (): Promise<readonly (boolean | undefined)[]> => {
        const clients = repeated(() => new Client({ tls, protocols: ["h2"] }));
        try {
          return await resumedOf(version, clients.map((client) => client.get(url)));
        } finally {
          for (const client of clients) client.close();
        }
      };
      await assertResumption(wave);
    },
  });
}
