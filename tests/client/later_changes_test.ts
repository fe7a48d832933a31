/** Options that a program changes after it has built its client: they were not checked, and change nothing. */

import { assertEquals, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";
import { startServe } from "../support/peers.ts";

const AUTHORITY = await mintAuthority();
const CERTIFICATE = await mintCertificate(AUTHORITY, { names: ["localhost"] });
const OTHER_PIN = `sha256/${"A".repeat(43)}=`;

interface Row {
  readonly name: string;
  /** The options, and their change. */
  readonly make: () => { readonly options: ClientOptions; readonly change: () => void };
  /** The protocol of the response, or the code of the error. */
  readonly outcome: string;
}

const ROWS: readonly Row[] = [
  {
    name: "pins that are taken out still refuse a server",
    make() {
      const pins = [OTHER_PIN];
      return { options: { caCerts: AUTHORITY.certPem, pins }, change: () => pins.splice(0) };
    },
    outcome: "pin_mismatch",
  },
  {
    name: "an authority that is added is not trusted",
    make() {
      const caCerts = [OTHER.certPem];
      return { options: { caCerts }, change: () => caCerts.push(AUTHORITY.certPem) };
    },
    outcome: "certificate_unknown_issuer",
  },
  {
    name: "an authority that is taken out is trusted",
    make() {
      const caCerts = [AUTHORITY.certPem];
      return { options: { caCerts }, change: () => caCerts.splice(0) };
    },
    outcome: "HTTP/2",
  },
  {
    name: "protocols that are changed are those of before",
    make() {
      const protocols: ("h2" | "http/1.1")[] = ["http/1.1"];
      return {
        options: { caCerts: AUTHORITY.certPem, protocols },
        change: () => protocols.unshift("h2"),
      };
    },
    outcome: "HTTP/1.1",
  },
  {
    name: "limits of HTTP/1.1 and HTTP/2 that are changed are those of before",
    make() {
      const http1 = { maxHeadBytes: 10_000 };
      const http2 = { maxFrameSize: 20_000 };
      return {
        options: { caCerts: AUTHORITY.certPem, http1, http2 },
        change: () => (http1.maxHeadBytes = http2.maxFrameSize = -1),
      };
    },
    outcome: "HTTP/2",
  },
  {
    name: "a flag that accepts any name is not switched on",
    make() {
      const options = { caCerts: OTHER.certPem, dangerAcceptInvalidCerts: false };
      return { options, change: () => (options.dangerAcceptInvalidCerts = true) };
    },
    outcome: "certificate_unknown_issuer",
  },
];
const OTHER = await mintAuthority();

for (const { name, make, outcome } of ROWS) {
  Deno.test(`Client: ${name}`, async () => {
    await using server = startServe(() => new Response("hello"), CERTIFICATE);
    const { options, change } = make();
    using client = new Client(options);
    change();
    const url = `https://localhost:${server.port}/`;
    if (outcome.startsWith("HTTP/")) {
      const response = await client.fetch(url);
      assertEquals([await response.text(), response.httpVersion], ["hello", outcome]);
    } else {
      assertEquals((await assertRejects(() => client.fetch(url), ClientError)).code, outcome);
    }
  });
}
