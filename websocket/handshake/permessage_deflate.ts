/**
 * The negotiation of permessage-deflate (RFC 7692 §7.1).
 *
 * This end compresses each message by itself, whatever was negotiated, because no runtime has a compressor that keeps its
 * window and answers at once. It inflates messages that refer to those before them, unless it refuses that.
 *
 * @module
 */

import type { InflateOptions } from "../connection.ts";
import { DEFAULT_COMPRESSION_THRESHOLD_BYTES, MAX_EXTENSION_OFFERS } from "../limits.ts";
import type { Extension } from "./extensions.ts";

/** Options of compression. */
export interface PermessageDeflateOptions {
  /**
   * Whether the peer's messages must not refer to those before them, which saves 32 KiB of memory a connection and costs
   * compression; `false` by default. A server that does not agree fails the handshake.
   */
  readonly refuseContextTakeover?: boolean;
  /** Bytes from which messages are compressed; 1,024 by default. */
  readonly threshold?: number;
}

/** The parameters of permessage-deflate as they were negotiated. */
export interface NegotiatedDeflate {
  /** How messages of the peer are inflated. */
  readonly inflate: InflateOptions;
  /** Bits of the window of this end's compressor, 9 to 15; `undefined` when it must not compress. */
  readonly windowBits: number | undefined;
  /** Bytes from which messages are compressed. */
  readonly threshold: number;
}

/** The offer of a client, as a field value. */
export function offerDeflate(options: PermessageDeflateOptions): string {
  const refusal = options.refuseContextTakeover ? "; server_no_context_takeover" : "";
  return `${NAME}; client_no_context_takeover; client_max_window_bits${refusal}`;
}

/**
 * Reads a server's answer to {@linkcode offerDeflate}.
 *
 * @returns The parameters, or why they are refused.
 */
export function checkDeflateAnswer(
  answer: Extension,
  options: PermessageDeflateOptions,
): NegotiatedDeflate | string {
  const parameters = readParameters(answer, "required");
  if (typeof parameters === "string") return parameters;
  const noContextTakeover = parameters.has("server_no_context_takeover");
  if (options.refuseContextTakeover && !noContextTakeover) {
    return "the server does not agree to server_no_context_takeover";
  }
  return {
    inflate: { noContextTakeover },
    windowBits: compressorBits(parameters.get("client_max_window_bits") ?? MAX_WINDOW_BITS),
    threshold: thresholdOf(options),
  };
}

/**
 * Chooses among the offers of a client.
 *
 * @returns The first that this end can accept, and the answer to it; `undefined` when there is none.
 */
export function acceptDeflate(
  offers: readonly Extension[],
  options: PermessageDeflateOptions,
): { readonly deflate: NegotiatedDeflate; readonly answer: string } | undefined {
  for (const offer of offers.slice(0, MAX_EXTENSION_OFFERS)) {
    if (offer.name !== NAME) continue;
    const parameters = readParameters(offer, "optional");
    if (typeof parameters === "string") continue;
    const serverBits = parameters.get("server_max_window_bits");
    const windowBits = compressorBits(serverBits ?? MAX_WINDOW_BITS);
    // A window of 8 bits is none that the compressor can keep to.
    if (windowBits === undefined) continue;
    const noContextTakeover = parameters.has("client_no_context_takeover") ||
      options.refuseContextTakeover === true;
    const answer = [
      NAME,
      "server_no_context_takeover",
      ...noContextTakeover ? ["client_no_context_takeover"] : [],
      ...serverBits === undefined ? [] : [`server_max_window_bits=${serverBits}`],
    ];
    return {
      deflate: { inflate: { noContextTakeover }, windowBits, threshold: thresholdOf(options) },
      answer: answer.join("; "),
    };
  }
  return undefined;
}

/** The value of each parameter: a number of bits, or `undefined` for a flag. */
type Parameters = ReadonlyMap<string, number | undefined>;

/**
 * Checks parameters: each known, at most once, with a value where one belongs.
 *
 * @param clientBits Whether `client_max_window_bits` needs a value: in an answer, not in an offer.
 */
function readParameters(
  { parameters }: Extension,
  clientBits: "required" | "optional",
): Parameters | string {
  const read = new Map<string, number | undefined>();
  for (const [name, value] of parameters) {
    if (read.has(name)) return `the parameter ${name} of permessage-deflate comes twice`;
    switch (name) {
      case "server_no_context_takeover":
      case "client_no_context_takeover":
        if (value !== undefined) return `the parameter ${name} of permessage-deflate has a value`;
        read.set(name, undefined);
        break;
      case "client_max_window_bits":
      case "server_max_window_bits": {
        const mayLack = name === "client_max_window_bits" && clientBits === "optional";
        if (value === undefined ? !mayLack : !WINDOW_BITS.has(value)) {
          return `the parameter ${name} of permessage-deflate has no value from 8 to 15`;
        }
        read.set(name, value === undefined ? undefined : Number(value));
        break;
      }
      default:
        return "a parameter of permessage-deflate is unknown";
    }
  }
  return read;
}

/** The bits that a compressor is made with; `undefined` for 8, for which zlib takes 9, so that the peer could not inflate. */
function compressorBits(bits: number): number | undefined {
  return bits < MIN_WINDOW_BITS ? undefined : bits;
}

function thresholdOf({ threshold = DEFAULT_COMPRESSION_THRESHOLD_BYTES }: PermessageDeflateOptions): number {
  return threshold;
}

/** The name of the extension. */
export const NAME = "permessage-deflate";

/** Decimal integers from 8 to 15 without leading zeros (RFC 7692 §7.1.2). */
const WINDOW_BITS: ReadonlySet<string> = new Set(["8", "9", "10", "11", "12", "13", "14", "15"]);
const MAX_WINDOW_BITS = 15;
const MIN_WINDOW_BITS = 9;
