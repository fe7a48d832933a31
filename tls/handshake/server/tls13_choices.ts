/**
 * The choices by which a server answers a ClientHello of TLS 1.3, before anything of the answer is sent.
 *
 * @module
 */

import type { Script } from "../../../io/script.ts";
import type { HandshakeChannel } from "../../record/channel_types.ts";
import type { EarlyDataOutcome } from "../early_data_outcome.ts";
import { type AcceptedPsk, acceptPsk } from "./accept_psk.ts";
import type { RequestedCertificate } from "./authenticate_client.ts";
import {
  answerCertificateTypes,
  type CertificateTypeAnswers,
  requestedCertificateType,
} from "./certificate_types.ts";
import { chooseIdentity } from "./choose_identity.ts";
import { clientHelloInfo } from "./client_hello_info.ts";
import type { ServerContext } from "./context.ts";
import { decideOnEarlyData } from "./early_data.ts";
import { chooseProtocol } from "./negotiation.ts";
import type { AnswerableHello } from "./receive_client_hello.ts";
import { chooseSigner, identityDigest, type Signer } from "./send_certificate.ts";
import { chooseTickets, type TicketChoice } from "./ticket_request.ts";

/** A server's choices for one client. */
export interface Choices {
  /** The SNI, in lower case. */
  readonly serverName: string | undefined;
  /** The protocol, by ALPN. */
  readonly alpnProtocol: string | undefined;
  /** The server's identity for this client, as sessions have it. */
  readonly identity: Uint8Array;
  /** The session that is resumed; `undefined`: the handshake is a full one. */
  readonly psk: AcceptedPsk | undefined;
  /** The answer to early data; `undefined`: the client announced none. */
  readonly earlyData: EarlyDataOutcome | undefined;
  /** The session whose early data is accepted. */
  readonly earlyPsk: AcceptedPsk | undefined;
  /** The tickets that the client gets. */
  readonly tickets: TicketChoice;
  /** The key and the scheme by which the server authenticates in a full handshake. */
  readonly signer: Signer | undefined;
  /** The certificate that the client is asked for. */
  readonly request: RequestedCertificate | undefined;
  /** The answers to the client's certificate types. */
  readonly certificateTypes: CertificateTypeAnswers;
}

/**
 * Makes the choices for a ClientHello that was peeked last, and not taken yet.
 *
 * @throws {TlsError} The reason to refuse the client.
 */
export function* choose(
  channel: HandshakeChannel,
  context: ServerContext,
  received: AnswerableHello,
): Script<Choices> {
  const { hello, suite } = received;
  const info = clientHelloInfo(hello);
  const { serverName } = info;
  const alpnProtocol = chooseProtocol(hello, context);
  const credentials = yield* chooseIdentity(context, info, (each) => chooseSigner(each, hello));
  const identity = yield* identityDigest(context, credentials);
  const psk = yield* acceptPsk(channel, context, { hello, suite, serverName, identity });
  const earlyData = yield* decideOnEarlyData(context, { ...received, info, alpnProtocol, psk });
  const earlyPsk = earlyData === "accepted" ? psk : undefined;
  const signer = psk === undefined ? yield* chooseSigner(credentials, hello) : undefined;
  const tickets = chooseTickets(context, hello, psk !== undefined);
  // "Servers which are authenticating with a resumption PSK MUST NOT send the CertificateRequest message in the main
  // handshake" (RFC 9846 §4.4.2)
  const auth = signer === undefined ? undefined : context.clientAuth;
  const request = auth && { auth, type: requestedCertificateType(hello, auth) };
  const certificateTypes = answerCertificateTypes(hello, credentials.certificateType, request?.type);
  return {
    serverName,
    alpnProtocol,
    identity,
    psk,
    earlyData,
    earlyPsk,
    signer,
    tickets,
    request,
    certificateTypes,
  };
}
