/**
 * The site in nghttpd.
 *
 * @module
 */

import type { Minted } from "../../support/certificates.ts";
import { startNghttpd } from "../../support/peers.ts";
import { digestOf } from "../content.ts";
import { type RunningSite, type Site, urlOf, type Way, WAYS } from "../site.ts";
import { writeDocuments } from "./documents.ts";

const NO_LOGIC = "nghttpd serves files and has no logic to tell it more";

/** nghttpd, the server of the nghttp2 project. */
export const NGHTTPD: Site = {
  name: "nghttpd",
  program: "nghttpd",
  ways: [WAYS.https2, WAYS.http2],
  cannot: {
    empty: NO_LOGIC,
    redirect_post: NO_LOGIC,
    gzip: "nghttpd compresses nothing but its error pages",
    fields: NO_LOGIC,
    large_fields: NO_LOGIC,
    huge_fields: NO_LOGIC,
    echo: "nghttpd sends content back only when it has all of it",
    echo_large: "nghttpd sends content back only when it has all of it",
    refuse: NO_LOGIC,
    request_trailers: "nghttpd does not show the trailers of requests",
    hints: NO_LOGIC,
    abort_waiting: NO_LOGIC,
  },
  start,
};

async function start(way: Way, certificate: Minted): Promise<RunningSite> {
  const documents = await writeDocuments("nghttpd", way.tls);
  const nghttpd = await startNghttpd({
    ...(way.tls && { certificate }),
    args: ["--echo-upload", "--trailer=x-trailer: at the end", `--htdocs=${documents.folder}`],
  });
  return {
    port: nghttpd.port,
    async upload(visit, client, init) {
      return await digestOf((await client.post(urlOf(visit, "/"), init)).body);
    },
    kill: () => nghttpd.stop("SIGKILL"),
    restart: () => nghttpd.restart(),
    async [Symbol.asyncDispose]() {
      await nghttpd[Symbol.asyncDispose]();
      await documents[Symbol.asyncDispose]();
    },
  };
}
