/**
 * The site in nginx.
 *
 * @module
 */

import type { Minted } from "../../support/certificates.ts";
import { startNginx } from "../../support/peers.ts";
import { digestOf } from "../content.ts";
import { COOKIES, FIELD_COUNT, type RunningSite, type Site, urlOf, type Way, WAYS } from "../site.ts";
import { writeDocuments } from "./documents.ts";

/** nginx, whose configuration is all there is: no script runs in it. */
export const NGINX: Site = {
  name: "nginx",
  program: "nginx",
  ways: Object.values(WAYS),
  cannot: {
    echo: "nginx has nothing that sends a request's content back",
    echo_large: "nginx has nothing that sends a request's content back",
    refuse: "nginx has nothing that sends a request's content back",
    request_trailers: "nginx throws the trailers of requests away",
    hints: "nginx sends no 103 of its own",
    continue: ({ httpVersion }) =>
      httpVersion === "HTTP/2" ? "nginx sends no 100 over HTTP/2, and need not" : undefined,
    abort_waiting: "nginx answers everything that it takes",
  },
  start,
};

async function start(way: Way, certificate: Minted): Promise<RunningSite> {
  const documents = await writeDocuments("nginx", way.tls);
  const storePort = freePort();
  const nginx = await startNginx({ certificate, server: configuration(documents.folder, storePort) });
  let stored = 0;
  return {
    port: way.tls ? nginx.https : way.httpVersion === "HTTP/2" ? nginx.h2c : nginx.http,
    async upload(visit, client, init, redirected = false) {
      const name = redirected ? "moved" : `upload-${++stored}`;
      const response = await client.post(urlOf(visit, redirected ? "/moved-post" : `/post/${name}`), init);
      await response.body?.cancel();
      if (!response.ok) throw new Error(`Cannot upload: ${response.status}`);
      return await digestOf((await client.get(urlOf(visit, `/stored/${name}`))).body);
    },
    kill: () => nginx.stop("SIGKILL"),
    restart: () => nginx.restart(),
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      await documents[Symbol.asyncDispose]();
    },
  };
}

/** nginx stores what is PUT; what is posted it passes on to itself as a PUT, through a port of its own. */
function configuration(folder: string, storePort: number): string {
  const fields = Array.from(
    { length: FIELD_COUNT },
    (_, i) => `add_header x-field-${i + 1} "value ${i + 1}";`,
  );
  const cookies = COOKIES.map((cookie) => `add_header set-cookie "${cookie}";`);
  const reflected = [1, 2, 3, 4].map((i) => `add_header x-reflect-${i} $http_x_reflect_${i};`);
  return `
    listen 127.0.0.1:${storePort};
    root ${folder};
    location = /text { }
    location = /gzip { alias ${folder}/text; gzip on; }
    location = /trailers { alias ${folder}/text; add_trailer x-trailer "at the end"; }
    location ~ ^/bytes-[0-9]+$ { }
    location /stored/ { dav_methods PUT; }
    location /post/ { proxy_method PUT; proxy_pass http://127.0.0.1:${storePort}/stored/; }
    location = /moved-post { return 307 /post/moved; }
    location = /fields { ${fields.join(" ")} ${cookies.join(" ")} return 200; }
    location = /reflect { ${reflected.join(" ")} return 200; }
    large_client_header_buffers 8 16k;`;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
