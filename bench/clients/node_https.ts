/**
 * `node:https` in Deno, with an agent that keeps its connections.
 *
 * @module
 */

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import * as https from "node:https";
import { expectStatus } from "../pattern.ts";
import type { BenchClient, ClientKind, Settings, UploadBody } from "./client.ts";
import { readText, readWhole, writeBody } from "./node_stream.ts";

/** Node's HTTP/1.1 client. */
export const nodeHttps: ClientKind = {
  name: "node:https",
  role: "peer",
  protocols: ["http/1.1"],
  uploads: true,
  open: (settings) => Promise.resolve(new NodeHttps(settings)),
};

class NodeHttps implements BenchClient {
  readonly #agent: https.Agent;
  readonly #origin: string;

  constructor({ caCert, origin, width }: Settings) {
    this.#agent = new https.Agent({ ca: caCert, keepAlive: true, maxSockets: width, maxFreeSockets: width });
    this.#origin = origin;
  }

  async text(path: string): Promise<string> {
    return await readText(await this.stream(path));
  }

  async whole(path: string): Promise<Uint8Array> {
    return await readWhole(await this.stream(path));
  }

  async stream(path: string): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      https.get(this.#origin + path, { agent: this.#agent }, resolve).on("error", reject);
    });
    expectStatus(response.statusCode);
    return response;
  }

  async upload(path: string, body: UploadBody): Promise<string> {
    const request = https.request(this.#origin + path, {
      agent: this.#agent,
      method: "PUT",
      ...(body.form === "whole" && { headers: { "content-length": body.bytes.length } }),
    });
    const [[response]] = await Promise.all([once(request, "response"), writeBody(request, body)]);
    expectStatus(response.statusCode);
    return await readText(response);
  }

  close(): void {
    this.#agent.destroy();
  }
}
