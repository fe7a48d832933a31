/**
 * The client's machine against `openssl s_server`.
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../../tls/config/client_config.ts";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { RootCertStore } from "../../../tls/x509/root_cert_store.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import type { KeyType } from "../../support/keys.ts";
import { installed, type OpensslOptions, type Peer, startOpenssl } from "../../support/peers.ts";

const ROOT = await mintAuthority();
const ignore = !installed("openssl");

/** A connection over TCP, pumped by hand. */
class Session implements Disposable {
  readonly connection: ClientConnection;
  readonly #io: Deno.TcpConn;
  readonly #buffer = new Uint8Array(65_536);
  text = "";

  constructor(connection: ClientConnection, io: Deno.TcpConn) {
    this.connection = connection;
    this.#io = io;
  }

  static async open(peer: Peer, config: ClientConfig): Promise<Session> {
    const io = await Deno.connect({ hostname: "127.0.0.1", port: peer.port });
    return new Session(new ClientConnection(config, "localhost"), io);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) {
      const event = await this.connection.next();
      await this.flush();
      if (event?.type === "data") this.text += new TextDecoder().decode(event.data);
      // Nothing comes behind it: who waits for more would wait for ever.
      if (event?.type === "connection_closed") {
        throw new Error(`The server said goodbye after ${JSON.stringify(this.text)}`);
      }
      if (event !== undefined) continue;
      const count = await this.#io.read(this.#buffer);
      if (count === null) this.connection.receiveEnd();
      else this.connection.receive(this.#buffer.slice(0, count));
    }
  }

  async flush(): Promise<void> {
    for (let bytes = this.connection.output(); bytes !== undefined; bytes = this.connection.output()) {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#io.write(rest));
    }
  }

  /** A line there, and back in reverse. */
  async echo(): Promise<void> {
    this.text = "";
    await this.connection.send(new TextEncoder().encode("ductile\n"));
    await this.flush();
    await this.until(() => this.text.includes("\n"));
    assertEquals(this.text, "elitcud\n");
  }

  [Symbol.dispose](): void {
    this.connection.dispose();
    this.#io.close();
  }
}

function config(options: ClientConfigOptions = {}): ClientConfig {
  return new ClientConfig({ crypto: denoCrypto(), roots: RootCertStore.fromPem(ROOT.certPem), ...options });
}

async function start(
  args: readonly string[],
  keyType: KeyType = "p256",
  options: Partial<OpensslOptions> = {},
): Promise<Peer> {
  const certificate = await mintCertificate(ROOT, { names: ["localhost"], keyType });
  return await startOpenssl({ certificate, args: ["-rev", ...args], ...options });
}

Deno.test({
  name: "ClientConnection and openssl: every suite and every kind of key, verified, with data",
  ignore,
  fn: async () => {
    for (const keyType of ["p256", "p384", "rsa", "ed25519"] as const) {
      await using peer = await start(["-tls1_3", "-alpn", "h2"], keyType);
      for (const { name } of denoCrypto().cipherSuites) {
        using session = await Session.open(peer, config({ cipherSuites: [name], alpnProtocols: ["h2"] }));
        await session.until(() => !session.connection.isHandshaking);
        assertEquals(session.connection.facts?.cipherSuite, name);
        assertEquals(session.connection.facts?.alpnProtocol, "h2");
        await session.echo();
      }
    }
  },
});

Deno.test({
  name: "ClientConnection and openssl s_server: keys are changed on the way",
  ignore,
  fn: async () => {
    await using peer = await start(["-tls1_3"]);
    using session = await Session.open(peer, config());
    await session.until(() => !session.connection.isHandshaking);
    await session.connection.refreshTrafficKeys();
    await session.echo();
    await session.connection.refreshTrafficKeys(false);
    await session.echo();
  },
});

Deno.test({
  name:
    "ClientConnection and openssl s_server: every group that both have, at once and after a HelloRetryRequest",
  ignore,
  fn: async () => {
    const known = { x25519: "X25519", secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" } as const;
    const names = denoCrypto().groups.flatMap(({ name }) => name === "X25519MLKEM768" ? [] : [name]);
    for (const name of names) {
      await using peer = await start(["-tls1_3", "-groups", known[name]]);
      const others = names.filter((other) => other !== name);
      for (
        const [groups, kind] of [[[name, ...others], "full"], [
          [...others, name],
          "full_with_hello_retry_request",
        ]] as const
      ) {
        using session = await Session.open(peer, config({ groups }));
        await session.until(() => !session.connection.isHandshaking);
        assertEquals(session.connection.facts?.keyExchangeGroup, name);
        assertEquals(session.connection.facts?.handshakeKind, kind);
        await session.echo();
      }
    }
  },
});

Deno.test({
  name: "ClientConnection and openssl s_server: sessions are resumed",
  ignore,
  fn: async () => {
    await using peer = await start(["-tls1_3"]);
    const shared = config();
    for (const kind of ["full", "resumed", "resumed"]) {
      using session = await Session.open(peer, shared);
      await session.until(() => !session.connection.isHandshaking);
      assertEquals(session.connection.facts?.handshakeKind, kind);
      assertEquals(session.connection.facts?.peerCertificates[0]?.dnsNames, ["localhost"]);
      await session.echo();
    }
  },
});

Deno.test({
  name: "ClientConnection and openssl s_server: a client's certificate, and none",
  ignore,
  fn: async () => {
    const identity = await mintCertificate(ROOT, { commonName: "Ductile client" });
    const args = ["-tls1_3", "-Verify", "1", "-verify_return_error", "-CAfile", "authorities.pem"];
    await using peer = await start(args, "p256", { clientAuthorities: ROOT.certPem });
    { // s_server serves one connection at a time.
      using known = await Session.open(
        peer,
        config({ identity: { chain: identity.certPem, key: identity.keyPem } }),
      );
      await known.until(() => !known.connection.isHandshaking);
      await known.echo();
    }
    using unknown = await Session.open(peer, config());
    await unknown.until(() => !unknown.connection.isHandshaking);
    const error = await unknown.until(() => false).then(() => undefined, (reason: unknown) => reason);
    assertInstanceOf(error, TlsError);
    assertEquals(error.alert, "certificate_required");
  },
});

Deno.test({
  name:
    "ClientConnection and openssl s_server: a server that has nothing newer than TLS 1.2 is told of, with a hint",
  ignore,
  fn: async () => {
    await using peer = await start(["-tls1_2"]);
    using session = await Session.open(peer, config({ versions: ["TLSv1.3"] }));
    const error = await session.until(() => false).then(() => undefined, (reason: unknown) => reason);
    assertInstanceOf(error, TlsError);
    assertEquals([error.code, error.alert], ["unsupported_protocol_version", "protocol_version"]);
    assert(error.hint !== undefined);
    assertMatch(error.hint, /versions/);
  },
});
