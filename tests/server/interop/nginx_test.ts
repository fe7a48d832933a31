/** nginx as a reverse proxy before the server: connections that it keeps, with and without TLS. */

import { assert, assertEquals } from "@std/assert";
import { Client } from "../../../mod.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";
import { installed, type Nginx, startNginx } from "../../support/peers.ts";
import { type Served, startServed, TRANSPORTS } from "./served.ts";

const authority = await mintAuthority();
const certificate = await mintCertificate(authority, { names: ["localhost"], ips: ["127.0.0.1"] });

/** Starts an nginx that passes all below `/app/` on, over connections that it keeps. */
function startProxy({ port, folder }: Served, isTls: boolean): Promise<Nginx> {
  return startNginx({
    certificate,
    http: `
      proxy_ssl_trusted_certificate ${folder}/ca.pem;
      proxy_ssl_certificate ${folder}/cert.pem;
      proxy_ssl_certificate_key ${folder}/key.pem;
      upstream app { server 127.0.0.1:${port}; keepalive 4; }`,
    server: `
      location /app/ {
        proxy_pass ${isTls ? "https" : "http"}://app/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host localhost;
        proxy_request_buffering off;
        proxy_ssl_verify on;
        proxy_ssl_name localhost;
        proxy_ssl_server_name on;
        proxy_ssl_protocols TLSv1.2 TLSv1.3;
      }`,
  });
}

for (const [transport, tls] of Object.entries(TRANSPORTS)) {
  Deno.test({
    name: `nginx: a reverse proxy before the server, over ${transport}`,
    ignore: !installed("nginx"),
    async fn() {
      await using served = await startServed(tls);
      await using nginx = await startProxy(served, tls !== undefined);
      using client = new Client({ http2PriorKnowledge: true });
      const app = `http://127.0.0.1:${nginx.h2c}/app`;
      const text = async (path: string, init?: RequestInit) => {
        const response = await client.fetch(app + path, init);
        assertEquals(response.status, 200);
        return await response.text();
      };
      assert((await text("/facts")).startsWith("HTTP/1.1 GET"));
      assertEquals((await text("/facts")).endsWith("CN=a guest"), tls?.clientAuth !== undefined);
      assertEquals(await text("/pieces"), "one two three");
      const content = "x".repeat(1_500_000);
      assertEquals(await text("/length", { method: "POST", body: content }), "1500000");
      assertEquals(await text("/echo", { method: "POST", body: content }) === content, true);
      assertEquals((await client.fetch(`${app}/nowhere`)).status, 404);
      const many = Array.from({ length: 200 }, () => text("/pieces"));
      assertEquals(new Set(await Promise.all(many)), new Set(["one two three"]));
      // One at a time, its requests come on the connections that it has kept.
      const before = served.connections;
      for (let i = 0; i < 20; i++) await text("/facts");
      assertEquals(served.connections - before, 0);
    },
  });
}
