/**
 * The face that every client shows to the benches, so that each question is written once.
 *
 * Behind it each client does the work in its own idiom: `fetch`-like ones give a web stream, Node's a Node stream.
 * Nothing is tuned but what a user must set: the certificate to trust, the protocol, and connections that outlive
 * the time between two rounds.
 *
 * @module
 */

import type { Role } from "../harness.ts";
import type { Protocol } from "../servers/server.ts";

/** A client that can be opened. */
export interface ClientKind {
  /** Its name in the tables. */
  readonly name: string;
  /** The role in the comparison. */
  readonly role: Role;
  /** The protocols that it speaks. */
  readonly protocols: readonly Protocol[];
  /** Whether it can upload. */
  readonly uploads: boolean;
  /** Gets a client ready. Throws `Absent` where it cannot take part. */
  open(settings: Settings): Promise<BenchClient>;
}

/** Options of a client. */
export interface Settings {
  /** The protocol. */
  readonly protocol: Protocol;
  /** The authority to trust, PEM. */
  readonly caCert: string;
  /** The origin of its requests, without a slash at the end. */
  readonly origin: string;
  /** Requests at once. */
  readonly width: number;
}

/** An open client. Every method throws unless the status is 2xx. */
export interface BenchClient {
  /** Gets a text. */
  text(path: string): Promise<string>;
  /** Gets a body as it comes. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
  /** Gets a body as a whole. */
  whole(path: string): Promise<Uint8Array>;
  /** PUTs a body, and gives the text of the answer. Only called where the kind can. */
  upload(path: string, body: UploadBody): Promise<string>;
  /** Closes its connections. */
  close(): void | Promise<void>;
}

/** A body to send: all of it at hand, or pieces that are made as they are asked for. */
export type UploadBody = {
  /** It is at hand. */
  readonly form: "whole";
  /** All of it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
} | {
  /** It comes in pieces. */
  readonly form: "pieces";
  /** The length in bytes. */
  readonly length: number;
  /** The pieces. */
  readonly pieces: Iterable<Uint8Array<ArrayBuffer>>;
};

/** The pieces as a web stream, for clients that take one. */
export function webStream(
  pieces: Iterable<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
