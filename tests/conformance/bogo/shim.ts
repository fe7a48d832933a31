/**
 * The program that BoringSSL's test runner, BoGo, talks to: one connection a process, told by flags.
 *
 * It dials the runner, says which test it is, shakes hands, and sends every byte back with its bits flipped. It ends
 * with 0 and a silent standard error, with 1 and an error's code there, or with 89 for what it does not do.
 *
 * @module
 */

import { ClientConfig } from "../../../tls/client_config.ts";
import { ClientConnection } from "../../../tls/client.ts";
import type { Identity } from "../../../tls/config_types.ts";
import { parsePrivateKeyPem } from "../../../tls/crypto/private_key.ts";
import type { SigningKey } from "../../../tls/crypto/provider.ts";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import { denoCrypto } from "../../../tls/crypto/deno.ts";
import { TlsError } from "../../../tls/error.ts";
import { ServerConfig } from "../../../tls/server_config.ts";
import { ServerConnection } from "../../../tls/server.ts";
import {
  NamedGroup,
  type NamedGroupName,
  SignatureScheme,
  type SignatureSchemeName,
} from "../../../tls/wire/numbers.ts";
import { type Flags, parseFlags } from "./flags.ts";

/** "Not implemented": the runner skips the test. */
const UNIMPLEMENTED = 89;

const flags = parseFlags(Deno.args);
if (flags === undefined) Deno.exit(UNIMPLEMENTED);
Deno.exit(await main(flags));

async function main(flags: Flags): Promise<number> {
  const io = await Deno.connect({ hostname: flags.ipv6 ? "::1" : "127.0.0.1", port: flags.port ?? 0 });
  io.setNoDelay(true);
  const id = new DataView(new ArrayBuffer(8));
  id.setBigUint64(0, BigInt(flags.shimId ?? 0), true);
  await writeAll(io, new Uint8Array(id.buffer));
  const connection = await makeConnection(flags);
  if (connection === undefined) return UNIMPLEMENTED;
  try {
    await exchange(connection, io, flags).catch((error) => {
      // "Stop on either clean or unclean shutdown", unless the test is about just that.
      const ended = error instanceof TlsError && error.code === "unexpected_eof";
      if (!ended || connection.isHandshaking || flags.checkCloseNotify) throw error;
    });
    await close(io);
    return 0;
  } catch (error) {
    console.error(describe(error));
    await drain(connection, io).catch(() => {});
    await close(io);
    return 1;
  }
}

/** `:code:` is what the runner's configuration maps its own names to. */
function describe(error: unknown): string {
  if (!(error instanceof TlsError)) return error instanceof Error ? `${error.stack}` : String(error);
  const reason = error.certificate === undefined ? "" : ` :${error.certificate.code}:`;
  const alert = error.alert === undefined ? "" : ` :alert_${error.alert}:`;
  return `:${error.code}:${alert}${reason} ${error.message}`;
}

/** `undefined` when the flags ask for algorithms alone that are not there. */
async function makeConnection(flags: Flags): Promise<ClientConnection | ServerConnection | undefined> {
  const crypto = denoCrypto();
  const groups = names(NamedGroup, flags.curves);
  const signatureSchemes = names(SignatureScheme, flags.verifyPrefs)
    .filter((scheme) => !scheme.startsWith("rsa_pkcs1"));
  if (flags.curves.length > 0 && groups.length === 0) return undefined;
  if (flags.verifyPrefs.length > 0 && signatureSchemes.length === 0) return undefined;
  const common = {
    crypto,
    ...(groups.length > 0 ? { groups: groups as NamedGroupName[] } : {}),
    ...(signatureSchemes.length > 0 ? { signatureSchemes: signatureSchemes as SignatureSchemeName[] } : {}),
  };
  const identity = await readIdentity(flags);
  // The runner's certificates are made up: whose they are is not looked at, what they signed is.
  const verifier = (): void => {};
  if (!flags.server) {
    const config = new ClientConfig({ ...common, verifier, ...(identity ? { identity } : {}) });
    return new ClientConnection(config, "example.com");
  }
  if (identity === undefined) return undefined;
  const clientAuth = flags.verifyPeer || flags.requireAnyClientCertificate
    ? { clientAuth: { verifier, optional: !flags.requireAnyClientCertificate } }
    : {};
  return new ServerConnection(new ServerConfig({ ...common, identity, ...clientAuth }));
}

async function readIdentity(flags: Flags): Promise<Identity | undefined> {
  if (flags.certFile === undefined || flags.keyFile === undefined) return undefined;
  const chain = await Deno.readTextFile(flags.certFile);
  const pkcs8 = parsePrivateKeyPem(await Deno.readTextFile(flags.keyFile));
  const key = await nodeCrypto().loadPrivateKey(pkcs8);
  return { chain, key: flags.signingPrefs.length === 0 ? key : restricted(key, flags.signingPrefs) };
}

/** The key, signing only with those schemes, in that order. */
function restricted(key: SigningKey, prefs: readonly number[]): SigningKey {
  const schemes = names(SignatureScheme, prefs).filter((name) => key.schemes.includes(name));
  return {
    schemes,
    ...(key.publicKey === undefined ? {} : { publicKey: key.publicKey }),
    sign: (scheme, message) => key.sign(scheme, message),
  };
}

/** The names of those of the numbers that are known here. */
function names<T extends Record<string, number>>(table: T, numbers: readonly number[]): (keyof T & string)[] {
  return numbers.flatMap((number) => Object.keys(table).filter((name) => table[name] === number));
}

/** The whole conversation. */
async function exchange(
  connection: ClientConnection | ServerConnection,
  io: Deno.Conn,
  flags: Flags,
): Promise<void> {
  for await (const event of events(connection, io)) {
    switch (event.type) {
      case "established":
        checkHandshake(connection, flags);
        if (flags.shimShutsDown) {
          await connection.sendCloseNotify();
          await flush(connection, io);
          if (!flags.checkCloseNotify) return;
        }
        break;
      case "data":
        if (flags.keyUpdate) await connection.updateKeys();
        await connection.send(event.data.map((byte) => byte ^ 0xff));
        await flush(connection, io);
        break;
      case "close_notify":
        await connection.sendCloseNotify();
        await flush(connection, io);
        return;
    }
  }
}

/** Every event until the end of the stream; the end without close_notify is one only where nobody asked for it. */
async function* events(connection: ClientConnection | ServerConnection, io: Deno.Conn) {
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const event = await connection.next();
    await flush(connection, io);
    if (event !== undefined) {
      yield event;
      continue;
    }
    const count = await io.read(buffer);
    if (count === null) connection.receiveEnd();
    else connection.receive(buffer.slice(0, count));
  }
}

function checkHandshake(connection: ClientConnection | ServerConnection, flags: Flags): void {
  const { keyExchangeGroup, handshakeKind, peerSignatureScheme } = connection;
  const group = keyExchangeGroup === undefined ? undefined : NamedGroup[keyExchangeGroup];
  const scheme = peerSignatureScheme === undefined ? undefined : SignatureScheme[peerSignatureScheme];
  const retried = handshakeKind?.endsWith("hello_retry_request") ?? false;
  expect("group", group, flags.expectCurveId);
  expect("peer's signature scheme", scheme, flags.expectPeerSignatureAlgorithm);
  if (flags.expectHrr) expect("retried", retried, true);
  if (flags.expectNoHrr) expect("retried", retried, false);
}

function expect<T>(what: string, actual: T, expected: T | undefined): void {
  if (expected !== undefined && actual !== expected) {
    throw new Error(`unexpected ${what}: ${actual} instead of ${expected}`);
  }
}

async function flush(connection: ClientConnection | ServerConnection, io: Deno.Conn): Promise<void> {
  for (let bytes = connection.output(); bytes !== undefined; bytes = connection.output()) {
    await writeAll(io, bytes);
  }
}

async function writeAll(io: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await io.write(bytes.subarray(at));
}

/** Sends the alert, and reads to the end: the runner takes a reset for an error of its own. */
async function drain(connection: ClientConnection | ServerConnection, io: Deno.Conn): Promise<void> {
  await flush(connection, io);
  await io.closeWrite();
  const buffer = new Uint8Array(64 * 1024);
  while (await io.read(buffer) !== null);
}

async function close(io: Deno.Conn): Promise<void> {
  await io.closeWrite().catch(() => {});
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (await io.read(buffer) !== null);
  } catch {
    // The runner is gone, which is as good.
  }
  io.close();
}
