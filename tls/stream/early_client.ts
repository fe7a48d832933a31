/**
 * The client's stream with early data: it can be written to before the server has answered.
 *
 * @module
 */

import type { ClientConnection } from "../connection/client_connection.ts";
import { TlsError } from "../error/tls_error.ts";
import { startHandshake } from "./pending_handshake.ts";
import type { Handshake } from "./shake_hands.ts";
import { ClientTlsStream } from "./tls_stream.ts";

/** A client's handshake to be done. */
export interface ClientHandshake extends Handshake {
  readonly machine: ClientConnection;
}

/**
 * Begins to shake hands, and makes a stream as soon as early data can be sent; where no session allows it, when the
 * handshake is done.
 *
 * What the server refuses is sent again as ordinary data, before anything else: "the client application MAY opt to
 * retransmit the Application Data previously sent in early data once the handshake has been completed." (RFC 9846 §4.3.10)
 *
 * @throws The reason of a failure before that.
 */
export async function connectEarly(handshake: ClientHandshake): Promise<ClientTlsStream> {
  const { io, machine } = handshake;
  const start = performance.now();
  const { reader, writer, begun, done } = startHandshake(handshake, {
    sendEarly: (data) => machine.sendEarlyData(data),
    observe: () => machine.earlyDataLeft > 0,
    async finish() {
      requireSameProtocol(machine);
      const refused = machine.takeRefusedEarlyData();
      if (refused.length > 0) await machine.send(refused);
    },
  });
  await begun;
  return new ClientTlsStream(io, machine, { connect: 0, handshake: performance.now() - start }, {
    reader,
    writer,
    pending: { done, holdsFlush: true },
  });
}

/**
 * "when the negotiated connection selects a different ALPN protocol from what was used for the early data, an application
 * might need to construct different messages." (RFC 9846 §4.3.10) A write may wait for the handshake without a byte of it
 * having been early data, so nothing more is written then.
 *
 * @throws {TlsError} `early_data_wrong_protocol`
 */
function requireSameProtocol({ facts, earlyDataProtocol }: ClientConnection): void {
  const { alpnProtocol, earlyDataRefusal } = facts ?? {};
  const selected = alpnProtocol ?? undefined;
  if (earlyDataRefusal === undefined || selected === earlyDataProtocol) return;
  const name = (protocol: string | undefined) => protocol === undefined ? "none" : JSON.stringify(protocol);
  throw new TlsError(
    "early_data_wrong_protocol",
    `Cannot go on: early data was refused, which is of protocol ${
      name(earlyDataProtocol)
    }, and ALPN selected ${name(selected)}`,
    { hint: "Connect again: the server has not read the data." },
  );
}
