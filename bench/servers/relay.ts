/**
 * A relay and an HTTP proxy in front of a server, in a process of their own.
 *
 * @module
 */

import { startPortProcess } from "./port_process.ts";

/** A relay that runs. */
export interface Relay extends AsyncDisposable {
  /** The port that leads to the server. */
  readonly port: number;
  /** The port of the HTTP proxy. */
  readonly proxyPort: number;
}

/** Starts the process, and waits until it listens. */
export async function startRelay(port: number): Promise<Relay> {
  const flags = ["--no-config", "--allow-net"];
  const { ports, end } = await startPortProcess("relay_process.ts", [`${port}`], flags);
  const [plain, proxyPort = NaN] = ports;
  return {
    port: plain,
    proxyPort,
    [Symbol.asyncDispose]: end,
  };
}
