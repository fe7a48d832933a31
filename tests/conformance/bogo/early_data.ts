/**
 * What the shim says and checks of early data.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { ClientConnection } from "../../../tls/connection/client_connection.ts";
import type { ServerConnection } from "../../../tls/connection/server_connection.ts";
import type { Flags } from "./flags.ts";
import { flush } from "./transport.ts";

/** Early data that a server of BoringSSL allows. */
export const MAX_EARLY_DATA_BYTES = 14_336;

/** The runner's names of the reasons, where it has other ones. */
const REASONS: Readonly<Record<string, string>> = { declined: "peer_declined" };

/**
 * Sends the client's ClientHello, and the first words as early data.
 *
 * @returns Bytes that were sent early.
 */
export async function speakEarly(
  connection: ClientConnection | ServerConnection,
  io: Deno.Conn,
  flags: Flags,
): Promise<number> {
  if (!(connection instanceof ClientConnection) || !flags.enableEarlyData) return 0;
  await connection.next();
  if (flags.expectNoOfferEarlyData && connection.earlyDataLeft > 0) {
    throw new Error("early data was offered");
  }
  // It cannot be exported yet: this throws.
  if (flags.exportKeyingMaterial && connection.earlyDataLeft > 0) {
    await connection.exportKeyingMaterial(1, "");
  }
  let taken = 0;
  for (let i = 0; flags.shimWritesFirst && i < (flags.repeatShimInitialWrite ?? 1); i++) {
    taken += await connection.sendEarlyData(firstWord(flags));
  }
  await flush(connection, io);
  return taken;
}

/** Checks what became of early data. @throws when it is something else than the flags say. */
export function checkEarlyData(connection: ClientConnection | ServerConnection, flags: Flags): void {
  const { earlyDataAccepted, earlyDataRefusal } = connection.facts ?? {};
  if (flags.expectAcceptEarlyData && earlyDataAccepted !== true) {
    throw new Error(`early data was not accepted: ${earlyDataRefusal}`);
  }
  if (flags.expectRejectEarlyData && earlyDataAccepted !== false) {
    throw new Error("early data was not refused");
  }
  // Where none was announced, nothing is told of it.
  if (flags.expectEarlyDataReason === undefined || earlyDataAccepted === undefined) return;
  const reason = earlyDataRefusal === undefined ? "accept" : REASONS[earlyDataRefusal] ?? earlyDataRefusal;
  if (reason !== flags.expectEarlyDataReason) {
    throw new Error(`unexpected reason: ${reason} instead of ${flags.expectEarlyDataReason}`);
  }
}

/** What the shim says first. */
export function firstWords(flags: Flags): Uint8Array {
  return concat(Array<Uint8Array>(flags.repeatShimInitialWrite ?? 1).fill(firstWord(flags)));
}

function firstWord({ shimInitialWrite = "hello" }: Flags): Uint8Array {
  return new TextEncoder().encode(shimInitialWrite);
}
