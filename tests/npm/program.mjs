/** A program that uses the installed package, in any runtime: what it is to fetch comes as JSON in an argument. */

import { Client, ClientError } from "@ductile/ductile";
import { harRecorder } from "@ductile/ductile/har";
import * as http1 from "@ductile/ductile/http1";
import * as http2 from "@ductile/ductile/http2";
import { mozillaRoots, nativeRoots } from "@ductile/ductile/roots";
import { generateSelfSigned, serveConnection } from "@ductile/ductile/server";
import { RootCertStore, TlsAcceptor, TlsConnector } from "@ductile/ductile/tls";
import { webSocketClass } from "@ductile/ductile/websocket";

const { urls, ca } = JSON.parse(process.argv.at(-1) ?? "");
const outcomes = [];
for (const url of urls) {
  for (const protocol of ["h2", "http/1.1"]) {
    for (const trust of [{ caCerts: ca }, { roots: RootCertStore.fromPem(ca) }]) {
      const recorder = harRecorder();
      // Left open: a connection without a request lets the process end.
      const client = new Client({ ...trust, protocols: [protocol], on: recorder.on });
      const response = await client.fetch(url);
      const text = await response.text();
      outcomes.push([
        response.status,
        response.httpVersion,
        response.connection.tls?.implementation,
        text.length > 0,
        recorder.har().log.entries.length,
      ]);
    }
  }
  const error = await new Client().fetch(url).catch((error) => error);
  outcomes.push([error instanceof ClientError, error.code]);
}
const native = await nativeRoots().then(({ store }) => store.size > 0, (error) => error.name);
const others = [
  http1.Http1Client,
  http2.Http2Client,
  serveConnection,
  generateSelfSigned,
  TlsAcceptor,
  TlsConnector,
  webSocketClass,
];
// deno-lint-ignore no-console -- read by the test
console.log(JSON.stringify({
  outcomes,
  mozilla: (await mozillaRoots()).size > 100,
  native,
  others: others.every((other) => typeof other === "function"),
}));
