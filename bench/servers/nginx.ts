/**
 * nginx as the server: a single process, TLS on both ports, HTTP/1.1 alone on one and HTTP/2 on the other.
 *
 * A third port speaks TLS 1.1 with RSA, for a library that knows nothing newer.
 *
 * How an upload is consumed: `return 200` would answer before the body has come. `/sink` is therefore a proxied
 * location with request buffering on, which means that nginx reads the whole body, into memory, before it asks
 * the inner server; it asks with the head alone, and what comes back is the length of the request as nginx
 * counted it. `/store` is a WebDAV PUT, which leaves the body in a file where it can be compared.
 *
 * @module
 */

import { SMALL } from "../pattern.ts";
import type { Protocol, Server } from "./server.ts";
import { abandonSite, type Site } from "./site.ts";

/** The version of the installed nginx, or nothing where there is none that can store files. */
export async function nginxVersion(): Promise<string | undefined> {
  try {
    const { stderr } = await new Deno.Command("nginx", { args: ["-V"], stderr: "piped" }).output();
    const text = new TextDecoder().decode(stderr);
    const version = /nginx\/([\d.]+)/.exec(text)?.[1];
    const needed = ["http_ssl_module", "http_v2_module", "http_dav_module", "http_stub_status_module"];
    return needed.every((module) => text.includes(module)) ? version : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Times that it is started, for another process may take a port first. */
const MAX_STARTS = 3;
/** Milliseconds until it listens. */
const START_TIMEOUT_MS = 10_000;

/**
 * Has glibc keep the memory of one upload for the next. By itself it gives 100 MiB back to the system each time, and
 * the page faults of getting it again would be two thirds of nginx's own work.
 */
const KEEP_MEMORY = { MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "1073741824" } as const;

/** Starts nginx on ports that are free. */
export async function startNginx(site: Site, version: string): Promise<Server> {
  for (let attempt = 1;; attempt++) {
    const ports = { http1: freePort(), http2: freePort(), old: freePort(), inner: freePort() };
    await Deno.writeTextFile(`${site.folder}/nginx.conf`, configuration(ports));
    const child = new Deno.Command("nginx", {
      args: ["-p", `${site.folder}/`, "-c", "nginx.conf", "-e", "error.log"],
      env: KEEP_MEMORY,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const ended = child.status.then(() => true);
    if (await listens(ports.inner, ended)) return new Nginx(site, version, ports, child);
    if (attempt === MAX_STARTS) {
      const log = await Deno.readTextFile(`${site.folder}/error.log`).catch(() => "it left no log");
      throw new Error(`Cannot start nginx: ${log.trim()}`);
    }
  }
}

interface Ports {
  readonly http1: number;
  readonly http2: number;
  readonly old: number;
  readonly inner: number;
}

class Nginx implements Server {
  readonly name: string;
  readonly caCert: string;
  readonly caFile: string;
  readonly oldTls: { readonly origin: string; readonly caCert: string };
  readonly bulkLength: number;
  readonly zerosLength: number;
  readonly #site: Site;
  readonly #ports: Ports;
  readonly #child: Deno.ChildProcess;
  #ownConnections = 0;

  constructor(site: Site, version: string, ports: Ports, child: Deno.ChildProcess) {
    this.name = `nginx ${version}`;
    this.caCert = site.caCert;
    this.caFile = `${site.folder}/ca.pem`;
    this.oldTls = { origin: `https://127.0.0.1:${ports.old}`, caCert: site.rsaCert };
    this.bulkLength = site.bulkLength;
    this.zerosLength = site.zerosLength;
    this.#site = site;
    this.#ports = ports;
    this.#child = child;
  }

  origin(protocol: Protocol): string {
    return `https://127.0.0.1:${protocol === "h2" ? this.#ports.http2 : this.#ports.http1}`;
  }

  async accepted(): Promise<number> {
    const status = await readStatus(this.#ports.inner);
    this.#ownConnections++;
    return status - this.#ownConnections;
  }

  storedFile(name: string): string {
    return `${this.#site.folder}/store/${name}`;
  }

  abandon(): void {
    abandonSite(this.#site, this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await Deno.remove(this.#site.folder, { recursive: true });
  }
}

function configuration({ http1, http2, old, inner }: Ports): string {
  const tls = `
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    # What a server of today speaks; not every build has TLS 1.3 among its defaults.
    ssl_protocols TLSv1.2 TLSv1.3;`;
  const oldTls = `
    ssl_certificate rsa_cert.pem;
    ssl_certificate_key rsa_key.pem;
    ssl_protocols TLSv1.1;
    ssl_ciphers "AES128-SHA:@SECLEVEL=0";`;
  const locations = `
    root .;
    location = /small { return 200 "${SMALL}"; }
    location / { return 404; }
    location = /bulk {}
    location = /short {}
    location = /zeros {}
    location /store/ { dav_methods PUT; }
    location = /sink {
      client_body_buffer_size 128m;
      proxy_pass http://127.0.0.1:${inner};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_set_header Transfer-Encoding "";
      proxy_set_header X-Seen $request_length;
    }`;
  return `
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
${Deno.build.os !== "windows" && Deno.uid() === 0 ? "user root;" : ""}
events { worker_connections 8192; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  open_file_cache max=16;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  keepalive_timeout 3600s;
  keepalive_time 24h;
  keepalive_requests 1000000000;
  http2_max_concurrent_streams 2048;
  server {
    listen 127.0.0.1:${http1} ssl backlog=4096;${tls}${locations}
  }
  server {
    listen 127.0.0.1:${http2} ssl http2 backlog=4096;${tls}${locations}
  }
  server {
    listen 127.0.0.1:${old} ssl backlog=4096;${oldTls}${locations}
  }
  server {
    listen 127.0.0.1:${inner};
    location = /sink { return 200 $http_x_seen; }
    location = /status { stub_status; }
  }
}
`;
}

/** A port that is free now; nginx cannot be asked to choose one itself. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function listens(port: number, ended: Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return true;
    } catch {
      const wait = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 20));
      if (await Promise.race([ended, wait])) return false;
    }
  }
  return false;
}

/** The second of the three figures that stub_status prints: connections accepted, this one included. */
async function readStatus(port: number): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode("GET /status HTTP/1.0\r\n\r\n"));
  let text = "";
  for await (const chunk of connection.readable) text += new TextDecoder().decode(chunk);
  const accepted = /requests\s+(\d+) /.exec(text)?.[1];
  if (accepted === undefined) throw new Error("Cannot read the status of nginx: it has another form");
  return Number(accepted);
}
