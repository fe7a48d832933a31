/**
 * Real servers to test against: nginx, nghttpd, openssl, Node and Deno, each in a process and a temporary folder of
 * its own, on loopback.
 *
 * Every function waits until the server answers, and `await using` ends it for good:
 *
 * ```ts ignore
 * Deno.test({ name: "...", ignore: !installed("nginx"), fn: async () => {
 *   await using nginx = await startNginx({ certificate });
 *   ...
 * } });
 * ```
 *
 * @module
 */

import type { Minted } from "./certificates.ts";
import { nginxConfig, type NginxConfigOptions, type NginxPorts } from "./nginx_config.ts";
import { Program, type ProgramOptions } from "./process.ts";

export { installed } from "./process.ts";

/** A server that runs. */
export interface Peer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Its temporary folder, removed when it is disposed of. */
  readonly folder: string;
  /** Its output so far. */
  readonly output: string;
  /** Waits until it wrote something that `pattern` matches. */
  untilOutput(pattern: RegExp): Promise<void>;
  /** Writes to its standard input, by which an `openssl s_server` is commanded. */
  write(text: string): Promise<void>;
  /** Ends it; `SIGKILL` leaves it no time for anything. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Ends it and starts it again on the same port. */
  restart(): Promise<void>;
}

/** Options of {@linkcode startNginx}. */
export interface NginxOptions extends NginxConfigOptions {
  /** Its certificate. */
  readonly certificate: Minted;
  /** The authorities of its clients' certificates, PEM. */
  readonly clientAuthorities?: string;
  /** Files under `/files/`: their content, or a length for a file of zeros that takes no room. */
  readonly files?: Readonly<Record<string, Uint8Array | string | number>>;
}

/** An nginx that runs, with all its ports; `port` is that of `https`. */
export interface Nginx extends Peer, NginxPorts {}

/** Starts nginx; what it serves is listed at {@linkcode nginxConfig}. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const { certificate, clientAuthorities, files = {}, ...config } = options;
  const folder = await temporaryFolder(certificate, clientAuthorities);
  await Deno.mkdir(`${folder}/files`);
  for (const [name, content] of Object.entries(files)) await writeFile(`${folder}/files/${name}`, content);
  return await onFreePorts(folder, 4, async ([http = 0, h2c = 0, https = 0, https1 = 0]) => {
    const ports = { http, h2c, https, https1 };
    const verifyClients = clientAuthorities !== undefined;
    await Deno.writeTextFile(`${folder}/nginx.conf`, nginxConfig(ports, { verifyClients, ...config }));
    const peer = await startPeer(folder, https, {
      command: ["nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr"],
      cwd: folder,
      ready: () => accepts(https),
    });
    return Object.assign(peer, ports);
  });
}

/** Options of nghttpd. */
export interface NghttpdOptions {
  /** Its certificate; without one it speaks HTTP/2 in the clear. */
  readonly certificate?: Minted;
  /** Files of its root folder, like those of nginx. */
  readonly files?: Readonly<Record<string, Uint8Array | string | number>>;
  /** More arguments, such as `--trailer=x-trailer: at the end` or `--echo-upload`. */
  readonly args?: readonly string[];
}

/** Starts nghttpd, which speaks HTTP/2 only. */
export async function startNghttpd(options: NghttpdOptions = {}): Promise<Peer> {
  const { certificate, files = {}, args = [] } = options;
  const folder = await temporaryFolder(certificate);
  for (const [name, content] of Object.entries(files)) await writeFile(`${folder}/${name}`, content);
  const tls = certificate === undefined ? ["--no-tls"] : [];
  const pems = certificate === undefined ? [] : ["key.pem", "cert.pem"];
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: ["nghttpd", "-a", "127.0.0.1", "-d", folder, ...tls, ...args, `${port}`, ...pems],
      cwd: folder,
      ready: () => accepts(port),
    }));
}

/** Options of `openssl s_server`. */
export interface OpensslOptions {
  /** Its certificate. */
  readonly certificate: Minted;
  /** The authorities of its clients' certificates, PEM; in the folder as `authorities.pem`. */
  readonly clientAuthorities?: string;
  /** More arguments, such as `-tls1_2`, `-alpn h2`, or `-rev` to send lines back reversed. */
  readonly args?: readonly string[];
}

/** Starts `openssl s_server`, which can be told to do nearly everything of TLS. */
export async function startOpenssl(options: OpensslOptions): Promise<Peer> {
  const { certificate, clientAuthorities, args = [] } = options;
  const folder = await temporaryFolder(certificate, clientAuthorities);
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: [
        ...["openssl", "s_server", "-accept", `127.0.0.1:${port}`] as const,
        ...["-cert", "cert.pem", "-cert_chain", "cert.pem", "-key", "key.pem", ...args],
      ],
      cwd: folder,
      ready: (output) => output.includes("ACCEPT"),
    }));
}

/** Options of `gnutls-serv`. */
export interface GnutlsOptions {
  /** Its certificate. */
  readonly certificate: Minted;
  /** The authorities of its clients' certificates, PEM; in the folder as `authorities.pem`. */
  readonly clientAuthorities?: string;
  /** More arguments, such as `--alpn=h2` or `--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2`. */
  readonly args?: readonly string[];
}

/**
 * Starts `gnutls-serv`, which sends back the lines that it receives unless it is told to be an `--http` server, and
 * asks for no certificate unless it is told to.
 */
export async function startGnutls(options: GnutlsOptions): Promise<Peer> {
  const { certificate, clientAuthorities, args = ["--disable-client-cert"] } = options;
  const folder = await temporaryFolder(certificate, clientAuthorities);
  const mode = args.includes("--http") ? [] : ["--echo"];
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: [
        ...["gnutls-serv", "--port", `${port}`, ...mode] as const,
        ...["--x509certfile=cert.pem", "--x509keyfile=key.pem", ...args],
      ],
      cwd: folder,
      ready: (output) => /listening on IPv4 .*done/.test(output),
    }));
}

/** Options of a server script. */
export interface ScriptOptions {
  /** Its certificate: `cert.pem` and `key.pem` in the folder it runs in. */
  readonly certificate?: Minted;
  /** Other files of that folder. */
  readonly files?: Readonly<Record<string, Uint8Array | string | number>>;
}

/**
 * Starts a server written in JavaScript: a module that listens on 127.0.0.1 and the port of the environment
 * variable `PORT`, in a process of Node or of Deno.
 */
export async function startScript(
  runtime: "node" | "deno",
  source: string,
  options: ScriptOptions = {},
): Promise<Peer> {
  const { certificate, files = {} } = options;
  const folder = await temporaryFolder(certificate);
  await Deno.writeTextFile(`${folder}/server.mjs`, source);
  for (const [name, content] of Object.entries(files)) await writeFile(`${folder}/${name}`, content);
  const command = runtime === "node" ? ["node", "server.mjs"] as const : [
    Deno.execPath(),
    "run",
    "--allow-all",
    "--no-config",
    "--no-lock",
    "--no-check",
    "server.mjs",
  ] as const;
  return await onFreePorts(
    folder,
    1,
    ([port = 0]) =>
      startPeer(folder, port, { command, cwd: folder, env: { PORT: `${port}` }, ready: () => accepts(port) }),
  );
}

/** A server in this process, made of `Deno.serve`. */
export interface Served extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
}

/** Starts `Deno.serve` in this process: HTTP/2 and HTTP/1.1, over TLS where there is a certificate. */
export function startServe(
  handler: (request: Request) => Response | Promise<Response>,
  certificate?: Minted,
): Served {
  const tls = certificate === undefined ? {} : { cert: certificate.chainPem, key: certificate.keyPem };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, handler);
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Starts a program that serves a port. */
export async function startPeer(folder: string, port: number, options: ProgramOptions): Promise<Peer> {
  let program = await Program.start(options);
  return {
    port,
    folder,
    get output(): string {
      return program.output;
    },
    untilOutput: (pattern) => program.untilOutput(pattern),
    write: (text) => program.write(text),
    stop: (signal) => program.stop(signal),
    async restart(): Promise<void> {
      await program.stop();
      program = await Program.start(options);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await program.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Times that other ports are tried, for another process may take a free one first. */
const MAX_TRIES = 3;

/** Starts something on free ports; when it cannot be started, its folder is removed. */
export async function onFreePorts<T>(
  folder: string,
  count: number,
  start: (ports: readonly number[]) => Promise<T>,
): Promise<T> {
  for (let tries = 1;; tries++) {
    const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
    const ports = listeners.map((listener) => listener.addr.port);
    for (const listener of listeners) listener.close();
    try {
      return await start(ports);
    } catch (error) {
      if (tries < MAX_TRIES) continue;
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }
}

/** Whether something listens on a port. */
export async function accepts(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

/** Makes a temporary folder, with the files of a certificate if there is one. */
export async function temporaryFolder(certificate?: Minted, clientAuthorities?: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ductile_" });
  if (certificate !== undefined) {
    await Deno.writeTextFile(`${folder}/cert.pem`, certificate.chainPem);
    await Deno.writeTextFile(`${folder}/key.pem`, certificate.keyPem);
  }
  if (clientAuthorities !== undefined) {
    await Deno.writeTextFile(`${folder}/authorities.pem`, clientAuthorities);
  }
  return folder;
}

async function writeFile(path: string, content: Uint8Array | string | number): Promise<void> {
  if (typeof content === "number") {
    await Deno.create(path).then((file) => file.truncate(content).finally(() => file.close()));
  } else {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
}
