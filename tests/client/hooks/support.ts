/**
 * Hooks that write down what they are told, a line an event.
 *
 * @module
 */

import type { ClientHooks, HookEvents } from "../../../mod.ts";

/** Any event. */
export type AnyEvent = HookEvents[keyof HookEvents];

/** What hooks were told. */
export interface Told {
  /** The hooks. */
  readonly on: ClientHooks;
  /** The events, in order. */
  readonly events: readonly AnyEvent[];
  /** The events in short, identifiers counted from the first that was told. */
  readonly lines: readonly string[];
}

/** Hooks of every event but those of content. */
export function recordHooks(): Told {
  const events: AnyEvent[] = [];
  const add = (event: AnyEvent) => void events.push(event);
  const on: ClientHooks = {
    connect: add,
    handshake: add,
    request: add,
    informational: add,
    response: add,
    retry: add,
    redirect: add,
    end: add,
    close: add,
  };
  return {
    on,
    events,
    get lines() {
      const requests = new Map<number, number>();
      const connections = new Map<number, number>();
      return events.map((event) => lineOf(event, requests, connections));
    },
  };
}

/** The error of an event, in short: its code or its name. */
function failure(error: unknown): string {
  if (error === undefined) return "";
  if (error instanceof Error && "code" in error && typeof error.code === "string") return ` ${error.code}`;
  return ` ${error instanceof Error ? error.name : String(error)}`;
}

function lineOf(event: AnyEvent, requests: Map<number, number>, connections: Map<number, number>): string {
  const request = "requestId" in event ? `r${count(requests, event.requestId)} ` : "";
  const connection = "connectionId" in event && event.connectionId !== undefined
    ? ` c${count(connections, event.connectionId)}`
    : "";
  const name = `${request}${event.type}${connection}`;
  switch (event.type) {
    case "connect":
    case "handshake":
      return `${name}${failure(event.error)}`;
    case "request":
      return `${name} ${event.method} ${new URL(event.url).pathname} #${event.attempt}`;
    case "informational":
      return `${name} ${event.status}`;
    case "response":
      return `${name} ${event.status}${event.reused ? " reused" : ""}`;
    case "retry":
      return `${name} after${event.status === undefined ? failure(event.error) : ` ${event.status}`}`;
    case "redirect":
      return `${name} ${event.status} ${event.method} ${new URL(event.url).pathname}`;
    case "end":
      return `${name} ${event.sentBytes}/${event.receivedBytes}${event.cancelled ? " cancelled" : ""}${
        failure(event.error)
      }`;
    case "close":
      return `${name} after ${event.requests}`;
    case "content":
      return `${name} ${event.direction} ${event.length}`;
  }
}

function count(seen: Map<number, number>, id: number): number {
  const known = seen.get(id) ?? seen.size + 1;
  seen.set(id, known);
  return known;
}
