/**
 * Real proxies to test against: tinyproxy, squid, nghttpx, Node, microsocks and Dante, each on loopback in a process of its
 * own.
 *
 * Where credentials are asked for, they are {@linkcode PROXY_USER} and {@linkcode PROXY_PASSWORD}.
 *
 * @module
 */

import type { Minted } from "./certificates.ts";
import { accepts, onFreePorts, type Peer, startPeer, startScript, temporaryFolder } from "./peers.ts";

/** The user name that proxies ask for. */
export const PROXY_USER = "me";
/** The password that proxies ask for. */
export const PROXY_PASSWORD = "pw";

/** Options of a proxy. */
export interface ProxyPeerOptions {
  /** Whether it asks for credentials; false by default. */
  readonly asksForCredentials?: boolean;
}

/** Starts tinyproxy, an HTTP proxy. */
export async function startTinyproxy({ asksForCredentials }: ProxyPeerOptions = {}): Promise<Peer> {
  const folder = await temporaryFolder();
  return await onFreePorts(folder, 1, async ([port = 0]) => {
    const lines = [
      `Port ${port}`,
      "Listen 127.0.0.1",
      "Timeout 600",
      "MaxClients 100",
      `PidFile "${folder}/pid"`,
    ];
    if (asksForCredentials) lines.push(`BasicAuth ${PROXY_USER} ${PROXY_PASSWORD}`);
    await Deno.writeTextFile(`${folder}/tinyproxy.conf`, lines.join("\n") + "\n");
    return await startPeer(folder, port, {
      command: ["tinyproxy", "-d", "-c", "tinyproxy.conf"],
      cwd: folder,
      ready: () => accepts(port),
    });
  });
}

/** A squid that runs. */
export interface Squid extends Peer {
  /** Its port under TLS. */
  readonly tlsPort: number;
}

/** Starts squid, an HTTP proxy, with a port under TLS beside the plain one. */
export async function startSquid(
  certificate: Minted,
  { asksForCredentials }: ProxyPeerOptions = {},
): Promise<Squid> {
  const folder = await temporaryFolder(certificate);
  await Deno.chmod(folder, 0o777); // started by root, squid becomes another user
  await Deno.writeTextFile(`${folder}/users`, `${PROXY_USER}:${PASSWORD_HASH}\n`);
  return await onFreePorts(folder, 2, async ([port = 0, tlsPort = 0]) => {
    const access = asksForCredentials
      ? [
        `auth_param basic program ${NCSA} ${folder}/users`,
        "acl known proxy_auth REQUIRED",
        "http_access allow known",
      ]
      : ["http_access allow all"];
    const lines = [
      `http_port 127.0.0.1:${port}`,
      `https_port 127.0.0.1:${tlsPort} tls-cert=${folder}/cert.pem tls-key=${folder}/key.pem`,
      ...access,
      "cache deny all",
      "shutdown_lifetime 0 seconds",
      "pid_filename none",
      `access_log stdio:${folder}/access.log`,
      `cache_log ${folder}/cache.log`,
      `coredump_dir ${folder}`,
      "hosts_file /etc/hosts",
    ];
    await Deno.writeTextFile(`${folder}/squid.conf`, lines.join("\n") + "\n");
    const peer = await startPeer(folder, port, {
      command: ["squid", "-N", "-f", `${folder}/squid.conf`],
      cwd: folder,
      ready: async () => await accepts(port) && await accepts(tlsPort),
    });
    return Object.assign(peer, { tlsPort });
  });
}

/** Starts nghttpx as an HTTP proxy of HTTP/2 and HTTP/1.1 under TLS. It asks another HTTP proxy, on the port `behind`. */
export async function startNghttpx(certificate: Minted, behind: number): Promise<Peer> {
  const folder = await temporaryFolder(certificate);
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: [
        "nghttpx",
        "--conf=/dev/null",
        "--http2-proxy",
        `--frontend=127.0.0.1,${port}`,
        `--backend=127.0.0.1,${behind}`,
        "--workers=1",
        "key.pem",
        "cert.pem",
      ],
      cwd: folder,
      ready: () => accepts(port),
    }));
}

/** Starts a proxy of Node's `http2` under TLS, which speaks nothing but HTTP/2, and opens tunnels alone. */
export async function startNodeHttp2Proxy(
  certificate: Minted,
  { asksForCredentials }: ProxyPeerOptions = {},
): Promise<Peer> {
  const wanted = asksForCredentials ? `Basic ${btoa(`${PROXY_USER}:${PROXY_PASSWORD}`)}` : undefined;
  return await startScript("node", `const wanted = ${JSON.stringify(wanted)};\n${NODE_PROXY}`, {
    certificate,
  });
}

const NODE_PROXY = `
import { createSecureServer } from "node:http2";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const server = createSecureServer({ cert: readFileSync("cert.pem"), key: readFileSync("key.pem") });
server.on("session", (session) => session.on("error", () => {}));
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  if (headers[":method"] !== "CONNECT") return stream.respond({ ":status": 405 }, { endStream: true });
  if (wanted !== undefined && headers["proxy-authorization"] !== wanted) {
    return stream.respond({ ":status": 407, "proxy-authenticate": 'Basic realm="x"' }, { endStream: true });
  }
  const { hostname, port } = new URL("tcp://" + headers[":authority"]);
  const socket = connect(Number(port), hostname, () => {
    stream.respond({ ":status": 200 });
    socket.pipe(stream);
    stream.pipe(socket);
  });
  socket.on("error", () => stream.close(0xa)); // CONNECT_ERROR
  stream.on("close", () => socket.destroy());
});
server.listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Starts microsocks, a SOCKS5 proxy. */
export async function startMicrosocks({ asksForCredentials }: ProxyPeerOptions = {}): Promise<Peer> {
  const folder = await temporaryFolder();
  const credentials = asksForCredentials ? ["-u", PROXY_USER, "-P", PROXY_PASSWORD] : [];
  return await onFreePorts(folder, 1, ([port = 0]) =>
    startPeer(folder, port, {
      command: ["microsocks", "-i", "127.0.0.1", "-p", `${port}`, ...credentials],
      cwd: folder,
      ready: () => accepts(port),
    }));
}

/** Starts a SOCKS4a proxy that looks names up, of Node: the one that Debian has takes addresses alone. */
export async function startSocks4a(): Promise<Peer> {
  return await startScript("node", SOCKS4A_PROXY);
}

const SOCKS4A_PROXY = `
import { connect, createServer } from "node:net";

createServer((client) => {
  client.on("error", () => {});
  let received = Buffer.alloc(0);
  client.on("data", function read(piece) {
    received = Buffer.concat([received, piece]);
    const user = received.indexOf(0, 8);
    const name = user < 0 ? -1 : received.indexOf(0, user + 1);
    if (name < 0) return;
    client.off("data", read);
    client.pause();
    const isName = received.readUInt32BE(4) < 256;
    const socket = isName && received.readUInt16BE(0) === 0x0401
      ? connect(received.readUInt16BE(2), received.toString("latin1", user + 1, name))
      : undefined;
    const refuse = () => client.end(Buffer.from([0, 0x5b, 0, 0, 0, 0, 0, 0]));
    if (socket === undefined) return refuse();
    socket.on("error", refuse);
    socket.on("connect", () => {
      client.write(Buffer.from([0, 0x5a, 0, 0, 0, 0, 0, 0]));
      client.unshift(received.subarray(name + 1));
      socket.pipe(client);
      client.pipe(socket);
    });
    client.on("close", () => socket.destroy());
  });
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** Starts Dante, a proxy of SOCKS4a and SOCKS5. */
export async function startDante(): Promise<Peer> {
  const folder = await temporaryFolder();
  return await onFreePorts(folder, 1, async ([port = 0]) => {
    const rule = "{ from: 0.0.0.0/0 to: 0.0.0.0/0 }";
    const lines = [
      `internal: 127.0.0.1 port = ${port}`,
      "external: 127.0.0.1",
      "clientmethod: none",
      "socksmethod: none",
      "user.unprivileged: daemon",
      "logoutput: stderr",
      `client pass ${rule}`,
      `socks pass ${rule}`,
    ];
    await Deno.writeTextFile(`${folder}/danted.conf`, lines.join("\n") + "\n");
    return await startPeer(folder, port, {
      command: ["danted", "-f", "danted.conf"],
      cwd: folder,
      ready: () => accepts(port),
    });
  });
}

/** `PROXY_PASSWORD`, as `openssl passwd -1` writes it. */
const PASSWORD_HASH = "$1$ductile$yLgRF2ojOdBeLvRgUnxlE1";

/** squid's helper that reads such files, where Debian has it. */
const NCSA = "/usr/lib/squid/basic_ncsa_auth";
