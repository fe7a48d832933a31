/**
 * The configuration of the nginx that tests run against: one process, four ports, everything in one folder.
 *
 * @module
 */

/** The ports of one nginx. */
export interface NginxPorts {
  /** HTTP/1.1 in the clear. */
  readonly http: number;
  /** HTTP/2 in the clear, with prior knowledge. */
  readonly h2c: number;
  /** HTTP/2 and HTTP/1.1 over TLS, as ALPN says. */
  readonly https: number;
  /** HTTP/1.1 over TLS, without HTTP/2. */
  readonly https1: number;
}

/** Additions of a test to the configuration. */
export interface NginxConfigOptions {
  /** Whether to ask every client for a certificate and refuse those without; `authorities.pem` is in the folder. */
  readonly verifyClients?: boolean;
  /** The versions of TLS, as `ssl_protocols` has them. Default: `TLSv1.2 TLSv1.3`. */
  readonly protocols?: string;
  /** Directives for the server block, such as locations of the test's own. */
  readonly server?: string;
  /** Directives for the http block, such as upstreams. */
  readonly http?: string;
}

/**
 * Writes the configuration. It serves:
 *
 * | path | answer |
 * |---|---|
 * | `/` | `hello from nginx` |
 * | `/files/NAME` | the files that the test asked for |
 * | `/slow/NAME` | the same at 16 KiB a second |
 * | `/gzip/NAME` | the same in gzip |
 * | `/trailers/NAME` | the same with the trailer `x-trailer: at the end` |
 * | `/redirect` | 302 to `/` |
 * | `/empty` | 204 |
 * | `PUT /put/NAME` | 201 or 204, and then `/files/NAME` has the content |
 * | `/client` | the subject of the client's certificate |
 */
export function nginxConfig(ports: NginxPorts, options: NginxConfigOptions = {}): string {
  const { http, h2c, https, https1 } = ports;
  const user = Deno.uid() === 0 ? "user root;" : ""; // or the files of the folder are closed to it
  return `
${user}
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_max_body_size 0;
  keepalive_requests 1000000;
  default_type text/plain;
  gzip_types *; gzip_min_length 1;
  ${options.http ?? ""}
  server {
    listen 127.0.0.1:${http};
    listen 127.0.0.1:${h2c} http2;
    listen 127.0.0.1:${https} ssl http2;
    listen 127.0.0.1:${https1} ssl;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    # Debian 12 builds nginx without TLS 1.3 among the defaults.
    ssl_protocols ${options.protocols ?? "TLSv1.2 TLSv1.3"};
    ${options.verifyClients ? "ssl_verify_client on; ssl_client_certificate authorities.pem;" : ""}
    location = / { return 200 "hello from nginx\\n"; }
    location /files/ { alias files/; }
    location /slow/ { alias files/; limit_rate 16k; }
    location /gzip/ { alias files/; gzip on; }
    location /trailers/ { alias files/; add_trailer x-trailer "at the end"; }
    location = /redirect { return 302 /; }
    location = /empty { return 204; }
    location /put/ { alias files/; dav_methods PUT; }
    location = /client { return 200 "$ssl_client_s_dn\\n"; }
    ${options.server ?? ""}
  }
}
`;
}
