/**
 * The program that BoringSSL's test runner, BoGo, talks to: one test a process, told by flags.
 *
 * It dials the runner, says which test it is, shakes hands, and sends every byte back with its bits flipped; where
 * the test is about resumption, it dials again. It ends with 0 and a silent standard error, with 1 and an error's
 * code there, or with 89 for what it does not do.
 *
 * @module
 */

import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { rememberGroup } from "../../../tls/handshake/client/group_hints.ts";
import { ServerConnection } from "../../../tls/connection/server_connection.ts";
import { converse } from "./conversation.ts";
import { checkedRejection } from "./ech.ts";
import { type Flags, parseFlags } from "./flags.ts";
import {
  asksForMore,
  clientConfig,
  newShared,
  serverConfig,
  type Shared,
  splitProtocols,
} from "./settings.ts";
import { closeTransport, dial, drain } from "./transport.ts";

/** "Not implemented": the runner skips the test. */
const UNIMPLEMENTED = 89;

Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const [initial, resume] = [parseFlags(args, "initial"), parseFlags(args, "resume")];
  const retry = parseFlags(args, "retry");
  if (initial === undefined || resume === undefined || retry === undefined) return UNIMPLEMENTED;
  if (initial.isHandshakerSupported) {
    // deno-lint-ignore no-console -- it is the answer
    console.log("No");
    return 0;
  }
  const { resumeCount = 0 } = initial;
  if (asksForMore(initial) || (resumeCount > 0 && asksForMore(resume))) return UNIMPLEMENTED;
  const shared = newShared();
  shared.usesEarlyData = initial.enableEarlyData || resume.enableEarlyData;
  for (let turn = 0; turn <= resumeCount; turn++) {
    const flags = turn === 0 ? initial : resume;
    shared.verifyFail = flags.verifyFail;
    const code = await connect(flags, retry, shared, turn);
    if (code !== 0) return code;
  }
  return 0;
}

/** One connection of the test. */
async function connect(flags: Flags, retry: Flags, shared: Shared, turn: number): Promise<number> {
  const connection = await madeConnection(flags, shared);
  if (typeof connection === "number") return connection;
  const io = await dial(flags);
  try {
    await converse(connection, io, flags, {
      secrets: shared.secrets,
      isResumption: turn > 0,
      retry,
      // The session was judged before it was offered: what is judged now is the server that does not resume it.
      afterOffer: () => shared.verifyFail ||= retry.verifyFail,
      ticketAllowsEarlyData: () => shared.ticketAllowsEarlyData,
      selectedCredential: () => shared.selectedCredential,
    });
    await closeTransport(io);
    shared.now += (flags.resumptionDelay ?? 0) * 1000;
    return 0;
  } catch (error) {
    // deno-lint-ignore no-console -- the runner reads it
    console.error(describe(checkedRejection(error, flags)));
    await drain(connection, io);
    return 1;
  }
}

/** The connection, or the shim's answer where its configuration is refused. */
async function madeConnection(
  flags: Flags,
  shared: Shared,
): Promise<ClientConnection | ServerConnection | number> {
  try {
    return await makeConnection(flags, shared) ?? UNIMPLEMENTED;
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    // deno-lint-ignore no-console -- the runner reads it
    console.error(describe(error));
    return 1;
  }
}

async function makeConnection(
  flags: Flags,
  shared: Shared,
): Promise<ClientConnection | ServerConnection | undefined> {
  if (flags.server) {
    const config = await serverConfig(flags, shared);
    return config && new ServerConnection(config);
  }
  const { hostName = "example.com" } = flags;
  const config = await clientConfig(flags, shared);
  // A client remembers which group a server has asked for, and the runner wants it to be asked for every time.
  const [first] = config.groups;
  if (first !== undefined) rememberGroup(config, hostName, first.name);
  const { advertiseAlpn } = flags;
  return new ClientConnection(
    config,
    hostName,
    advertiseAlpn === undefined ? {} : { alpnProtocols: splitProtocols(advertiseAlpn) },
  );
}

/** `:code:` is what the runner's configuration maps its own names to. */
function describe(error: unknown): string {
  if (!(error instanceof TlsError)) return error instanceof Error ? `${error.stack}` : String(error);
  const alert = error.alert === undefined ? "" : ` :alert_${error.alert}:`;
  const reason = error.certificate === undefined ? "" : ` :${error.certificate.code}:`;
  return `:${error.code}:${alert}${reason} ${error.message}`;
}
