/** gRPC over the client: calls to npm's `@grpc/grpc-js`, as docs/guides/grpc.md shows them. */

import { Buffer } from "node:buffer";
import { assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../client/client.ts";
import type { ClientOptions } from "../../client/options.ts";
import type { ClientResponse } from "../../client/response/response.ts";
import { mintAuthority, mintCertificate, type Minted } from "../support/certificates.ts";
import { type Listening, serveConnections } from "../support/listening.ts";

/** The part of the package that is used here. */
interface Grpc {
  readonly Server: new () => GrpcServer;
  readonly ServerCredentials: { createInsecure(): unknown };
}

interface GrpcServer {
  addService(methods: unknown, handlers: unknown): void;
  bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
  forceShutdown(): void;
}

/** A call as a handler sees it. */
interface Call {
  readonly request: Buffer;
  on(event: string, listener: (message: Buffer) => void): void;
  write(message: Buffer): void;
  end(): void;
  emit(event: string, error: unknown): void;
}

// Not in a string of the import itself: type-checking must not need the package.
const PACKAGE = "npm:@grpc/grpc-js@1.14.7";
const grpc: Grpc | undefined = await import(PACKAGE).catch(() => undefined);
const ignore = grpc === undefined;
const name = (text: string): string => `gRPC: ${text}${ignore ? " (@grpc/grpc-js is not there)" : ""}`;

const bytes = (message: Uint8Array): Buffer => Buffer.from(message);
const method = (path: string, streams: boolean) => ({
  path: `/test.Echo/${path}`,
  requestStream: streams,
  responseStream: streams,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

/** A server that answers `Say` with the message, refuses an empty one, and talks back in `Chat`. */
async function serve({ Server, ServerCredentials }: Grpc, certificate?: Minted) {
  const server = new Server();
  server.addService({ Say: method("Say", false), Chat: method("Chat", true) }, {
    Say({ request }: Call, answer: (error: unknown, message?: Buffer) => void) {
      if (request.length === 0) answer({ code: 3, details: "nothing to say: 100 %" });
      else answer(null, request);
    },
    Chat(call: Call) {
      call.on("data", (message) => call.write(Buffer.concat([Buffer.from("re: "), message])));
      call.on("end", () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve(port),
    )
  );
  const front = certificate && inTls(certificate, port);
  return {
    origin: front === undefined ? `http://localhost:${port}` : `https://localhost:${front.port}`,
    async [Symbol.asyncDispose]() {
      await front?.[Symbol.asyncDispose]();
      server.forceShutdown();
    },
  };
}

/** TLS in front of a port: that of the package does not run in Deno. */
function inTls({ chainPem, keyPem }: Minted, port: number): Listening {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: chainPem,
    key: keyPem,
    alpnProtocols: ["h2"],
  });
  return serveConnections(listener, async (conn) => {
    const behind = await Deno.connect({ hostname: "127.0.0.1", port });
    await Promise.all([
      conn.readable.pipeTo(behind.writable).catch(() => {}),
      behind.readable.pipeTo(conn.writable).catch(() => {}),
    ]);
  });
}

/** A message with its prefix: not compressed, and its length. */
function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

/** The messages of a response, as they come. */
async function* messages(response: ClientResponse): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array();
  for await (const chunk of response.body ?? []) {
    const joined = new Uint8Array(rest.length + chunk.length);
    joined.set(rest);
    joined.set(chunk, rest.length);
    rest = joined;
    while (rest.length >= 5) {
      const end = 5 + new DataView(rest.buffer, rest.byteOffset).getUint32(1);
      if (rest.length < end) break;
      yield rest.slice(5, end);
      rest = rest.slice(end);
    }
  }
}

/** The status of a call: in the trailers, or in the header fields where there is no message. */
async function statusOf(
  { headers, trailers }: ClientResponse,
): Promise<[code: string | null, message: string]> {
  const fields = headers.has("grpc-status") ? headers : new Headers(Object.fromEntries(await trailers));
  return [fields.get("grpc-status"), decodeURIComponent(fields.get("grpc-message") ?? "")];
}

const HEADERS = { "content-type": "application/grpc", te: "trailers" };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const authority = await mintAuthority();
const minted = await mintCertificate(authority, { names: ["localhost"] });

/** In the clear, and under each TLS: the options of the client, and the server's certificate. */
const HOWS: Readonly<Record<string, readonly [ClientOptions, Minted?]>> = {
  "in the clear": [{ http2PriorKnowledge: true }],
  "under Deno's TLS": [{ caCerts: authority.certPem }, minted],
  "under Ductile's TLS": [{ roots: "mozilla", caCerts: authority.certPem }, minted],
};

for (const [how, [options, certificate]] of Object.entries(HOWS)) {
  Deno.test({
    name: name(`a unary call ${how}, its refusal, and a method that does not exist`),
    ignore,
    fn: async () => {
      if (grpc === undefined) return;
      await using server = await serve(grpc, certificate);
      using client = new Client(options);
      const url = `${server.origin}/test.Echo/Say`;
      for (const length of [1, 100_000]) {
        const message = new Uint8Array(length).fill(7);
        const response = await client.post(url, { headers: HEADERS, body: frame(message) });
        const answers = await Array.fromAsync(messages(response));
        assertEquals([response.httpVersion, response.headers.get("content-type")], [
          "HTTP/2",
          "application/grpc+proto",
        ]);
        assertEquals([answers, await statusOf(response)], [[message], ["0", "OK"]]);
      }
      const refused = await client.post(url, { headers: HEADERS, body: frame(new Uint8Array()) });
      assertEquals([await Array.fromAsync(messages(refused)), await statusOf(refused)], [[], [
        "3",
        "nothing to say: 100 %",
      ]]);
      const unknown = await client.post(url.replace("Say", "Sing"), {
        headers: HEADERS,
        body: frame(new Uint8Array()),
      });
      await unknown.body?.cancel();
      assertEquals((await statusOf(unknown))[0], "12");
    },
  });

  Deno.test({
    name: name(`a bidirectional call ${how}, in which each message waits for the answer to the one before`),
    ignore,
    fn: async () => {
      if (grpc === undefined) return;
      await using server = await serve(grpc, certificate);
      using client = new Client(options);
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const say = (text: string) => writer.write(frame(encoder.encode(text)));
      const first = say("one");
      const response = await client.post(`${server.origin}/test.Echo/Chat`, {
        headers: HEADERS,
        body: readable,
      });
      const heard: string[] = [];
      for await (const message of messages(response)) {
        heard.push(decoder.decode(message));
        if (heard.length < 3) await say(`answer to ${heard.length}`);
        else await writer.close();
      }
      await first;
      assertEquals(heard, ["re: one", "re: answer to 1", "re: answer to 2"]);
      assertEquals(await statusOf(response), ["0", "OK"]);
    },
  });

  Deno.test({
    name: name(`a call ${how} that is aborted ends, and the connection goes on`),
    ignore,
    fn: async () => {
      if (grpc === undefined) return;
      await using server = await serve(grpc, certificate);
      using client = new Client(options);
      const abort = new AbortController();
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      const first = writer.write(frame(encoder.encode("one"))).catch(() => {});
      const response = await client.post(`${server.origin}/test.Echo/Chat`, {
        headers: HEADERS,
        body: readable,
        signal: abort.signal,
      });
      const incoming = messages(response);
      await incoming.next();
      await first;
      abort.abort(new Error("enough"));
      await assertRejects(() => incoming.next(), Error, "enough");
      const next = await client.post(`${server.origin}/test.Echo/Say`, {
        headers: HEADERS,
        body: frame(encoder.encode("still there")),
      });
      assertEquals([(await Array.fromAsync(messages(next))).length, next.connection.reused], [1, true]);
    },
  });
}
