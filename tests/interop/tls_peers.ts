/**
 * Real servers that send back what they receive, and real clients that say one thing to Ductile's server: each with the
 * options that a row asks for.
 *
 * @module
 */

import { writeAll } from "../../io/duplex.ts";
import type { Minted } from "../support/certificates.ts";
import { serveConnections } from "../support/listening.ts";
import { type Peer, startGnutls, startNginx, startOpenssl, startScript } from "../support/peers.ts";
import { folderWith, type Run, runProgram, sClient } from "./tls_program.ts";
import { echoAll } from "./tls_server.ts";
import { AUTHORITY } from "./tls_identities.ts";

/** A real server. */
export interface RealServer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it wrote so far. */
  readonly output: string;
}

/** Starts a server that has this certificate, and trusts these authorities of clients if it looks at them. */
export type StartServer<Server extends RealServer = RealServer> = (
  certificate: Minted,
  clientAuthorities?: string,
) => Promise<Server>;

/** `openssl s_server` with these arguments; lines come back reversed. */
export function openssl(...args: string[]): StartServer<Peer> {
  return (certificate, clientAuthorities) => {
    const authorities = clientAuthorities === undefined ? {} : { clientAuthorities };
    return startOpenssl({ certificate, ...authorities, args: ["-rev", ...args] });
  };
}

/** `gnutls-serv` with these arguments; it asks for no certificate unless they say so. */
export function gnutls(...args: string[]): StartServer {
  const asks = args.some((each) => each.endsWith("-client-cert"));
  return (certificate, clientAuthorities) => {
    const authorities = clientAuthorities === undefined ? {} : { clientAuthorities };
    return startGnutls({
      certificate,
      ...authorities,
      args: asks ? args : ["--disable-client-cert", ...args],
    });
  };
}

/**
 * nginx with these lines in its server block, and perhaps other versions of TLS; it answers `GET /`, and `GET /client`
 * with the client's subject.
 */
export function nginx(server: string = "", protocols: string | undefined = undefined): StartServer {
  return (certificate, clientAuthorities) => {
    const authorities = clientAuthorities === undefined ? {} : { clientAuthorities };
    return startNginx({ certificate, ...authorities, server, ...(protocols !== undefined && { protocols }) });
  };
}

/**
 * Node's `tls.createServer` with these options.
 *
 * @param options What stands between the braces.
 * @param more Code with `server` and `options`.
 */
export function node(
  options = "",
  more = "",
): (certificate: Minted, clientAuthorities?: string) => Promise<Peer> {
  const source = `
    import { existsSync, readFileSync } from "node:fs";
    import tls from "node:tls";
    const ca = existsSync("authorities.pem") ? { ca: readFileSync("authorities.pem") } : {};
    const options = { cert: readFileSync("cert.pem"), key: readFileSync("key.pem"), ...ca, ${options} };
    const server = tls.createServer(options, (socket) => {
      console.log("reused", socket.isSessionReused(), "client", socket.getPeerCertificate().subject?.CN);
      if (!options.silent) socket.on("error", (error) => console.log(error.code)).pipe(socket);
    });
    server.on("tlsClientError", (error) => console.log(error.code));
    ${more}
    server.listen(Number(process.env.PORT), "127.0.0.1");
  `;
  return (certificate, clientAuthorities) => {
    const files = clientAuthorities === undefined ? {} : { files: { "authorities.pem": clientAuthorities } };
    return startScript("node", source, { certificate, ...files });
  };
}

/** `Deno.listenTls` in this process. */
export function deno(options: { alpnProtocols?: string[] } = {}): StartServer {
  return ({ chainPem, keyPem }) => {
    let output = "";
    const listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: chainPem,
      key: keyPem,
      ...options,
    });
    const serving = serveConnections(listener, async (conn) => {
      try {
        await echoAll(conn);
      } catch (error) {
        output += `${error}\n`;
      }
    });
    return Promise.resolve({
      port: serving.port,
      get output(): string {
        return output;
      },
      [Symbol.asyncDispose]: () => serving[Symbol.asyncDispose](),
    });
  };
}

/** What a real client is sent to Ductile's server with. */
export interface VisitOptions {
  /** More arguments; for Node, more options in one text. */
  readonly args?: readonly string[];
  /** What it says. Default: a line. */
  readonly says?: string;
  /** Whether that is the end of its input. Default: it is left open. */
  readonly end?: boolean;
  /** Whom Deno asks for. Default: `localhost`, as for all peers. */
  readonly hostname?: string;
  /** Kills it. */
  readonly signal?: AbortSignal;
  /** Its identity, if it has one. */
  readonly identity?: Minted;
  /** The roots it trusts, PEM. Default: the authority of all peers here. */
  readonly trusts?: string;
}

/** The real clients. */
export type ClientName = "openssl" | "gnutls-cli" | "curl" | "node" | "deno";

/** Sends a client to Ductile's server; what it says of it. */
export const VISITS: Readonly<Record<ClientName, (port: number, options?: VisitOptions) => Promise<Run>>> = {
  openssl: (port, { args = [], ...options } = {}) =>
    run(options, (identified) => [
      ...sClient(port, ...args),
      ...(identified ? ["-cert", "cert.pem", "-cert_chain", "cert.pem", "-key", "key.pem"] : []),
    ]),
  "gnutls-cli": (port, { args = [], ...options } = {}) =>
    run(options, (identified) => [
      ...["gnutls-cli", "127.0.0.1", "--port", `${port}`, "--x509cafile=ca.pem"],
      ...["--sni-hostname=localhost", "--verify-hostname=localhost", ...args],
      ...(identified ? ["--x509certfile=cert.pem", "--x509keyfile=key.pem"] : []),
    ]),
  curl: (port, { args = [], ...options } = {}) =>
    run(options, (identified) => [
      ...["curl", "--silent", "--show-error", "--verbose", "--cacert", "ca.pem"],
      ...(identified ? ["--cert", "cert.pem", "--key", "key.pem"] : []),
      ...["--connect-to", `::127.0.0.1:${port}`, ...args, `https://localhost:${port}/`],
    ]),
  node: (port, { args = [], ...options } = {}) =>
    run(options, () => ["node", "client.mjs"], nodeClient(port, args.join())),
  async deno(port, options = {}): Promise<Run> {
    const { says = LINE, hostname = "localhost", identity, trusts = AUTHORITY.certPem } = options;
    const own = identity === undefined ? {} : { cert: identity.chainPem, key: identity.keyPem };
    try {
      using conn = await Deno.connectTls({ hostname, port, caCerts: [trusts], ...own });
      await writeAll(conn, new TextEncoder().encode(says));
      const reader = conn.readable.getReader();
      let output = "";
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        output += new TextDecoder().decode(read.value);
      }
      return { code: 0, output };
    } catch (error) {
      return { code: 1, output: `${error}` };
    }
  },
};

const LINE = "ductile\n";

async function run(
  { says = LINE, end = false, signal, identity, trusts = AUTHORITY.certPem }: VisitOptions,
  command: (identified: boolean) => readonly string[],
  script?: string,
): Promise<Run> {
  await using folder = await folderWith({
    "ca.pem": trusts,
    ...(identity && { "cert.pem": identity.chainPem, "key.pem": identity.keyPem }),
    ...(script !== undefined && { "client.mjs": script }),
  });
  const [program = "", ...args] = command(identity !== undefined);
  return await runProgram([program, ...args], {
    cwd: folder.path,
    input: says,
    end,
    ...(signal && { signal }),
  });
}

function nodeClient(port: number, options: string): string {
  return `
    import { existsSync, readFileSync } from "node:fs";
    import tls from "node:tls";
    const own = existsSync("key.pem") ? { cert: readFileSync("cert.pem"), key: readFileSync("key.pem") } : {};
    const options = { host: "127.0.0.1", servername: "localhost", ca: readFileSync("ca.pem"), ...own, ${options} };
    const socket = tls.connect({ ...options, port: ${port} });
    socket.on("secureConnect", () => {
      console.log("ALPN", socket.alpnProtocol);
      process.stdin.pipe(socket);
    });
    socket.on("data", (data) => process.stdout.write(data));
    socket.on("close", () => process.exit());
    socket.on("error", (error) => console.log(error.code));
  `;
}
