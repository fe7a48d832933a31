/**
 * A world for the command line in which everything is remembered and nothing is real.
 *
 * @module
 */

import type { CliHost, HostClient } from "../../cli/host.ts";
import type { ClientRequestInit } from "../../client/request/request_options.ts";
import { ClientResponse, type ResponseParts } from "../../client/response/response.ts";
import type { ClientOptions } from "../../client/options.ts";
import { concat } from "@std/bytes/concat";

/** A request as the fake client got it. */
export interface SeenRequest extends ClientRequestInit {
  readonly url: string;
}

/** What a test says about its world. */
export interface FakeWorld {
  /** Files that can be read, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
  /** What is typed when a password is asked for; standard input is no terminal by default. */
  readonly secret?: string;
  /** Variables of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files that may not be written to. */
  readonly forbidden?: readonly string[];
  /** Modules that cannot be loaded. */
  readonly missing?: readonly string[];
  /** Files that cannot be opened. */
  readonly unopenable?: readonly string[];
  /** How many bytes a file or standard output takes before it is full. */
  readonly room?: number;
  /** What is a terminal. */
  readonly terminals?: readonly ("stdout" | "stderr")[];
  /** Whether the terminal has colours. */
  readonly color?: boolean;
  /** Answers the requests. */
  readonly answer?: (request: SeenRequest, world: FakeHost) => ClientResponse | Promise<ClientResponse>;
}

/** The world, and what was done in it. */
export class FakeHost implements CliHost {
  readonly stdout: CliHost["stdout"];
  readonly stderr: CliHost["stderr"];
  /** What was said. */
  said = "";
  /** What the client was made with. */
  options: ClientOptions | undefined;
  /** Whether the client was closed. */
  closed = false;
  /** The requests. */
  readonly requests: SeenRequest[] = [];
  /** What was written to files, by name; a name is here once it was opened. */
  readonly written: Record<string, string> = {};
  /** Folders that were made. */
  readonly folders: string[] = [];
  /** Milliseconds that were waited. */
  readonly slept: number[] = [];
  /** Files that are open. */
  readonly open: Set<string> = new Set();
  /** What Ctrl-C does. */
  interrupt: (() => void) | undefined;
  /** The present time. */
  time = 0;
  readonly #world: FakeWorld;
  readonly #output: Uint8Array[] = [];
  #room: number;

  constructor(world: FakeWorld = {}) {
    const { terminals = [], color = false } = world;
    this.#world = world;
    this.#room = world.room ?? Infinity;
    this.stdout = {
      isTerminal: terminals.includes("stdout"),
      write: (bytes) => {
        this.#takeRoom(bytes);
        this.#output.push(bytes.slice());
        return Promise.resolve();
      },
    };
    this.stderr = {
      isTerminal: terminals.includes("stderr"),
      color,
      columns: () => 80,
      write: (text) => {
        this.said += text;
      },
    };
  }

  /** What was written to standard output. */
  get output(): Uint8Array {
    return concat(this.#output);
  }

  /** The same as text. */
  get outputText(): string {
    return new TextDecoder().decode(this.output);
  }

  readInput(): Promise<Uint8Array> {
    return Promise.resolve(new TextEncoder().encode(this.#world.input ?? ""));
  }

  async *inputChunks(): AsyncGenerator<Uint8Array> {
    yield await this.readInput();
  }

  readFile(path: string): Promise<Uint8Array> {
    const text = this.#world.files?.[path];
    if (text === undefined) return Promise.reject(new Deno.errors.NotFound(`No such file (os error 2)`));
    if (text === "forbidden") return Promise.reject(new Deno.errors.NotCapable(`Requires read access`));
    return Promise.resolve(new TextEncoder().encode(text));
  }

  readSecret(prompt: string): Promise<string | undefined> {
    this.said += prompt;
    return Promise.resolve(this.#world.secret);
  }

  async *fileChunks(path: string): AsyncGenerator<Uint8Array> {
    yield await this.readFile(path);
  }

  async stat(path: string): ReturnType<CliHost["stat"]> {
    return { isFile: true, isDirectory: false, size: (await this.readFile(path)).length };
  }

  makeFolder(path: string): Promise<void> {
    this.folders.push(path);
    return Promise.resolve();
  }

  removeFile(path: string): Promise<void> {
    delete this.written[path];
    return Promise.resolve();
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.slept.push(milliseconds);
    this.time += milliseconds;
    return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
  }

  lookUp(_hostname: string, family: 4 | 6): Promise<readonly string[]> {
    return Promise.resolve([family === 4 ? "192.0.2.1" : "2001:db8::1"]);
  }

  mayWrite(path: string): Promise<boolean> {
    return Promise.resolve(!this.#world.forbidden?.includes(path));
  }

  openFile(path: string, mode = "empty"): ReturnType<CliHost["openFile"]> {
    if (mode === "new" && (path in this.written || path in (this.#world.files ?? {}))) {
      return Promise.reject(new Deno.errors.AlreadyExists("File exists (os error 17)"));
    }
    if (this.#world.unopenable?.includes(path)) {
      return Promise.reject(new Deno.errors.IsADirectory("Is a directory (os error 21)"));
    }
    this.written[path] = mode === "append" ? this.#world.files?.[path] ?? "" : "";
    this.open.add(path);
    return Promise.resolve({
      write: (bytes) => {
        this.#takeRoom(bytes);
        this.written[path] += new TextDecoder().decode(bytes);
        return Promise.resolve();
      },
      close: () => {
        if (!this.open.delete(path)) throw new Error("Cannot close a file twice");
      },
    });
  }

  openLog(path: string): ReturnType<CliHost["openLog"]> {
    if (this.#world.unopenable?.includes(path)) {
      return Promise.reject(new Deno.errors.IsADirectory("Is a directory (os error 21)"));
    }
    this.written[path] ??= "";
    this.open.add(path);
    return Promise.resolve({
      write: (text) => {
        this.#takeRoom(new TextEncoder().encode(text));
        this.written[path] += text;
      },
      close: () => {
        if (!this.open.delete(path)) throw new Error("Cannot close a file twice");
      },
    });
  }

  env(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#world.env?.[name]);
  }

  now(): number {
    return this.time;
  }

  /** What `every` was given and not stopped. */
  readonly ticking: Set<() => void> = new Set();

  every(_milliseconds: number, tick: () => void): () => void {
    this.ticking.add(tick);
    return () => this.ticking.delete(tick);
  }

  onInterrupt(listener: () => void): () => void {
    this.interrupt = listener;
    return () => {
      this.interrupt = undefined;
    };
  }

  async loadModule(specifier: string): Promise<unknown> {
    if (this.#world.missing?.includes(specifier)) throw new TypeError("Module not found");
    return await import(specifier);
  }

  makeClient(options: ClientOptions): HostClient {
    this.options = options;
    return {
      fetch: async (input, init = {}) => {
        const request = { url: String(input), ...init };
        this.requests.push(request);
        return await (this.#world.answer ?? (() => respond()))(request, this);
      },
      webSocket: () => Promise.reject(new Error("Cannot open a WebSocket in a world that is made up")),
      close: () => {
        this.closed = true;
      },
    };
  }

  #takeRoom(bytes: Uint8Array): void {
    this.#room -= bytes.length;
    if (this.#room < 0) throw new Error("No space left on device (os error 28)");
  }
}

/** What {@linkcode respond} is told. */
export interface FakeResponse extends Partial<Omit<ResponseParts, "body">> {
  /** The body's pieces, one for each read; an error among them ends it. */
  readonly body?: readonly (string | Error)[] | null;
  /** Called before each read. */
  readonly onRead?: () => void;
}

/** A response that was never sent. */
export function respond(parts: FakeResponse = {}): ClientResponse {
  const { body = [], onRead, ...rest } = parts;
  const pieces = [...body ?? []];
  return new ClientResponse({
    status: 200,
    statusText: "OK",
    fields: [],
    trailers: () => Promise.resolve([]),
    url: "https://example.com/",
    redirected: false,
    httpVersion: "HTTP/1.1",
    connection: () => ({
      id: 1,
      reused: false,
      localAddress: { hostname: "10.0.0.1", port: 50_000 },
      remoteAddress: { hostname: "192.0.2.1", port: 443 },
      tls: {
        implementation: "deno",
        alpnProtocol: "http/1.1",
        serverName: "example.com",
        peerCertificate: Uint8Array.of(1, 2, 3),
      },
      timings: { connect: 1.5, handshake: 20, waiting: 21.5, headers: 3 },
    }),
    ...rest,
    body: body === null ? null : {
      read() {
        onRead?.();
        const piece = pieces.shift();
        if (piece instanceof Error) return Promise.reject(piece);
        return Promise.resolve(piece === undefined ? undefined : new TextEncoder().encode(piece));
      },
      cancel() {
        pieces.length = 0;
      },
    },
  });
}
