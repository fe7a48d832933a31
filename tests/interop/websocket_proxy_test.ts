/** WebSockets through every kind of proxy, with the client's trust and pins. */

import { assertEquals, assertRejects } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { Client, ClientError, type ClientOptions } from "../../mod.ts";
import { installed } from "../support/peers.ts";
import { type Kind, KINDS, ProxySite } from "./proxy_kinds.ts";

/** Sends a message there and back. */
async function echo(client: Client, url: string): Promise<unknown> {
  const socket = await client.webSocket(url);
  const { readable, writable } = await socket.opened;
  const reader = readable.getReader();
  await writable.getWriter().write("hello");
  const { value } = await reader.read();
  socket.close({ closeCode: 1000 });
  await reader.read();
  assertEquals(await socket.closed, { closeCode: 1000, reason: "" });
  return value;
}

const WAYS: readonly (readonly Kind[])[] = [
  ...(Object.keys(KINDS) as Kind[]).map((kind) => [kind]), // the keys of a literal
  ["microsocks with credentials", "squid under TLS with credentials"],
  ["Node over HTTP/2 with credentials", "nghttpx over HTTP/2", "tinyproxy with credentials"],
];

for (const kinds of WAYS) {
  Deno.test({
    name: `WebSockets through ${
      kinds.join(", then ")
    }: ws: and wss:, with the right pin, and with a wrong one`,
    ignore: kinds.some((kind) => !installed(KINDS[kind].program)),
    fn: async () => {
      await using site = await ProxySite.start();
      const proxy = await Promise.all(kinds.map((kind) => site.proxy(kind)));
      const { host = "localhost" } = KINDS[kinds.at(-1) ?? "squid"];
      const trust: ClientOptions = { proxy, caCerts: site.authority.certPem };
      const wss = `wss://${host}:${site.https}/`;
      using client = new Client(trust);
      assertEquals(await echo(client, `ws://${host}:${site.http}/`), "hello");
      assertEquals(await echo(client, wss), "hello");

      const digest = await crypto.subtle.digest("SHA-256", site.certificate.key.spki);
      using pinned = new Client({ ...trust, pins: [`sha256/${encodeBase64(digest)}`] });
      assertEquals(await echo(pinned, wss), "hello");
      using mistaken = new Client({ ...trust, pins: [`sha256/${"A".repeat(43)}=`] });
      const error = await assertRejects(() => mistaken.webSocket(wss), ClientError);
      assertEquals(error.code, "pin_mismatch", error.detail);
    },
  });
}
