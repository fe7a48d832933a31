/**
 * `node:http2` in Deno, with one session.
 *
 * @module
 */

import { once } from "node:events";
import * as http2 from "node:http2";
import { expectStatus } from "../pattern.ts";
import type { BenchClient, ClientKind, UploadBody } from "./client.ts";
import { readText, readWhole, writeBody } from "./node_stream.ts";

/** Node's HTTP/2 client. */
export const nodeHttp2: ClientKind = {
  name: "node:http2",
  role: "peer",
  protocols: ["h2"],
  uploads: true,
  async open(settings) {
    const session = http2.connect(settings.origin, { ca: settings.caCert });
    await once(session, "connect");
    return new NodeHttp2(session);
  },
};

class NodeHttp2 implements BenchClient {
  readonly #session: http2.ClientHttp2Session;

  constructor(session: http2.ClientHttp2Session) {
    this.#session = session;
  }

  async text(path: string): Promise<string> {
    const stream = this.#session.request({ ":path": path });
    return await this.#answer(stream);
  }

  async stream(path: string): Promise<http2.ClientHttp2Stream> {
    const stream = this.#session.request({ ":path": path });
    const [fields] = await once(stream, "response");
    expectStatus(fields[":status"]);
    return stream;
  }

  async whole(path: string): Promise<Uint8Array> {
    return await readWhole(await this.stream(path));
  }

  async upload(path: string, body: UploadBody): Promise<string> {
    const stream = this.#session.request({ ":path": path, ":method": "PUT" });
    const [text] = await Promise.all([this.#answer(stream), writeBody(stream, body)]);
    return text;
  }

  close(): void {
    this.#session.destroy();
  }

  async #answer(stream: http2.ClientHttp2Stream): Promise<string> {
    let status: number | undefined;
    stream.on("response", (fields) => status = fields[":status"]);
    const text = await readText(stream);
    expectStatus(status);
    return text;
  }
}
