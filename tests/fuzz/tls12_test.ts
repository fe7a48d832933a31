/**
 * Fuzzes both ends of TLS 1.2: what one says honestly is changed on its way, in the clear and under a protection that
 * protects nothing, so that changes get through to what reads them.
 *
 * What has to hold: nothing but a `TlsError` ends a connection, the error stays, an alert leaves for it, and neither end
 * talks without end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ClientConfig, type ClientConfigOptions } from "../../tls/config/client_config.ts";
import { ServerConfig, type ServerConfigOptions } from "../../tls/config/server_config.ts";
import { ClientConnection } from "../../tls/connection/client_connection.ts";
import { ServerConnection } from "../../tls/connection/server_connection.ts";
import { alertFor, TlsError } from "../../tls/error/tls_error.ts";
import { rotatingTicketer } from "../../tls/session/ticketer.ts";
import { ContentType } from "../../tls/wire/numbers.ts";
import { Random } from "../http2/hpack/octets.ts";
import { nullProvider } from "../support/null_provider.ts";
import { altNames, CA, certificateOf, dns, nameOf } from "../tls/x509/certificate_parts.ts";
import { type Cut, type End, endOf, talk } from "../tls/connection/connection_pair.ts";
import { recordsOf } from "../tls/tls12/tamper.ts";
import { inputs, seed as firstSeed } from "./support/amount.ts";
import { changeBytes } from "./support/tls_mutations.ts";

const END_ENTITY = certificateOf({ issuer: nameOf("root"), extensions: [altNames([dns("example.com")])] });
const ROOT = certificateOf({ issuer: nameOf("root"), subject: nameOf("root"), extensions: [CA] });

interface Setting {
  readonly name: string;
  readonly client?: Partial<ClientConfigOptions>;
  readonly server?: (crypto: ReturnType<typeof nullProvider>) => Partial<ServerConfigOptions>;
  readonly resumes?: boolean;
}

const SETTINGS: readonly Setting[] = [
  { name: "full" },
  { name: "with a client certificate", server: () => ({ clientAuth: { verifier: () => {} } }) },
  { name: "of a client of both versions", client: { versions: ["TLSv1.3", "TLSv1.2"] } },
  { name: "resumed by session ID", resumes: true },
  { name: "resumed by ticket", resumes: true, server: (crypto) => ({ ticketer: rotatingTicketer(crypto) }) },
];

/** Two ends that can be begun again and again. */
function pairOf(
  { client, server }: Setting,
  seed: number,
): () => { readonly client: End; readonly server: End } {
  const crypto = nullProvider({ checkTags: false, checkSignatures: false, seed });
  const key = crypto.loadPrivateKey(new Uint8Array(0));
  assert(!(key instanceof Promise));
  const identity = { chain: [END_ENTITY, ROOT], key };
  const common = { crypto, identity, versions: ["TLSv1.2"] } as const;
  const clientConfig = new ClientConfig({ ...common, verifier: () => {}, ...client });
  const serverConfig = new ServerConfig({ ...common, ...server?.(crypto) });
  return () => ({
    client: endOf(new ClientConnection(clientConfig, "example.com")),
    server: endOf(new ServerConnection(serverConfig)),
  });
}

/** What an end may say in all: a handshake with a client certificate, some data and an alert. */
const MAX_SENT_BYTES = 16_384;

/** One attack; a sentence of what does not hold. */
async function attack(setting: Setting, seed: number): Promise<string | undefined> {
  const random = new Random(seed);
  const start = pairOf(setting, seed);
  if (setting.resumes === true) {
    const first = start();
    await talk(first.client, first.server);
  }
  const ends = start();
  const lastType: { client?: number; server?: number } = {};
  let left = random.below(10); // records before the change
  const change: Cut = (bytes, from) => {
    const records = recordsOf(bytes);
    lastType[from] = records.at(-1)?.type ?? -1;
    const here = left >= 0 && left < records.length;
    left -= records.length;
    return here ? [changeBytes(bytes, random)] : [bytes];
  };
  try {
    await talk(ends.client, ends.server, change);
    await sayMore(ends, random);
    await talk(ends.client, ends.server, change);
  } catch (error) {
    return `${error}`;
  }
  for (const name of ["client", "server"] as const) {
    const fault = await faultOf(ends[name], lastType[name]);
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  return undefined;
}

/** Data of both ends, where the handshake is done. */
async function sayMore(ends: Readonly<Record<"client" | "server", End>>, random: Random): Promise<void> {
  for (const { connection, failure } of Object.values(ends)) {
    if (failure !== undefined || connection.isHandshaking) continue;
    await connection.send(new Uint8Array(random.below(500)));
    if (random.below(4) === 0) await connection.sendCloseNotify();
  }
}

/** @param lastType The type of the last record that the end has sent. */
async function faultOf(
  { failure, connection, sent }: End,
  lastType: number | undefined,
): Promise<string | undefined> {
  if (sent > MAX_SENT_BYTES) return `it says ${sent} bytes`;
  if (failure === undefined) return undefined;
  if (!(failure instanceof TlsError)) return `${failure instanceof Error ? failure.stack : failure}`;
  if (alertFor(failure) !== undefined && lastType !== ContentType.alert) {
    return `no alert leaves for ${failure.code}`;
  }
  let again: unknown;
  try {
    await connection.next();
  } catch (error) {
    again = error;
  }
  return again === failure ? undefined : `it forgets ${failure.code}`;
}

for (const setting of SETTINGS) {
  Deno.test(`fuzz: TLS 1.2, a handshake ${setting.name}: TlsError alone, and an end`, async () => {
    const first = firstSeed(1);
    for (let seed = first; seed < first + inputs(300); seed++) {
      assertEquals([seed, await attack(setting, seed)], [seed, undefined]);
    }
  });
}
