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
import { TlsError } from "../../tls/error/tls_error.ts";
import { rotatingTicketer } from "../../tls/session/ticketer.ts";
import { Random } from "../http2/hpack/octets.ts";
import { nullProvider } from "../support/null_provider.ts";
import { altNames, CA, certificateOf, dns, nameOf } from "../tls/x509/certificate_parts.ts";
import { type End, endOf, talk } from "../tls/connection/connection_pair.ts";
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

/** One attack; a sentence of what does not hold. */
async function attack(setting: Setting, seed: number): Promise<string | undefined> {
  const random = new Random(seed);
  const start = pairOf(setting, seed);
  if (setting.resumes === true) {
    const first = start();
    await talk(first.client, first.server);
  }
  const ends = start();
  let left = random.below(6); // records before the change
  try {
    await talk(ends.client, ends.server, (bytes) => {
      const count = recordsOf(bytes).length;
      const here = left < count;
      left -= count;
      return here ? [changeBytes(bytes, random)] : [bytes];
    });
  } catch (error) {
    return `${error}`;
  }
  for (const [name, { failure, connection }] of Object.entries(ends)) {
    if (failure === undefined) continue;
    if (!(failure instanceof TlsError)) {
      return `${name}: ${failure instanceof Error ? failure.stack : failure}`;
    }
    let again: unknown;
    try {
      await connection.next();
    } catch (error) {
      again = error;
    }
    if (again !== failure) return `${name}: it forgets ${failure.code}`;
  }
  return undefined;
}

for (const setting of SETTINGS) {
  Deno.test(`fuzz: TLS 1.2, a handshake ${setting.name}: TlsError alone, and an end`, async () => {
    const first = firstSeed(1);
    for (let seed = first; seed < first + inputs(300); seed++) {
      assertEquals([seed, await attack(setting, seed)], [seed, undefined]);
    }
  });
}
