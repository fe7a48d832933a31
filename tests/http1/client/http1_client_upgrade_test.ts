/** The driver: connections that are handed over after a 101, or a 2xx to CONNECT. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Http1Client } from "../../../http1/client/http1_client.ts";
import { Http1Error } from "../../../http1/error.ts";
import { memoryDuplexPair } from "../../support/memory_duplex.ts";
import { collect, get, Peer, scene } from "../peer.ts";
import { bytes, text } from "../wires.ts";

Deno.test("Http1Client: a 101 hands the connection over, and bytes after the head are read from it first", async () => {
  for (const early of ["", "early"]) {
    const { client, server, log } = scene();
    const pending = client.request(get({ fields: [["connection", "upgrade"], ["upgrade", "echo"]] }));
    await server.head();
    await server.send(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n${early}`,
    );
    const { status, body, upgraded } = await pending;
    assertEquals([status, body], [101, new Uint8Array()]);
    assert(upgraded !== undefined);
    assertEquals([client.closed, client.idle, log.at(-1)], [true, false, "close"]);
    client.close(); // it is not this driver's any more
    await server.send(" and late");
    let got = "";
    while (got.length < early.length + 9) {
      const into = new Uint8Array(3);
      got += text(into.subarray(0, await upgraded.read(into) ?? 0));
    }
    assertEquals(got, `${early} and late`);
    assertEquals(await upgraded.write(bytes("answer")), 6);
    await server.expect("answer");
    upgraded.unref?.();
    upgraded.ref?.();
    assertEquals(log.slice(-3), ["write 6", "unref", "ref"]);
    if (early !== "") {
      await assertRejects(async () => await upgraded.closeWrite?.(), TypeError, "no closeWrite");
    }
    upgraded.close();
    assertEquals(await server.rest(), "");
    const error = await assertRejects(() => client.request(get()), Http1Error);
    assertEquals(error.progress, "unsent");
  }
});

Deno.test("Http1Client: P-03, P-04: a 2xx to CONNECT is a tunnel, and bytes after the head are read from it first", async () => {
  const { client, server } = scene();
  const pending = client.request(get({ method: "CONNECT", target: "a:443", authority: "a:443" }));
  await server.head();
  await server.send("HTTP/1.1 299 Fine\r\ncontent-length: 5\r\n\r\n\x16\x03\x03");
  const { status, upgraded } = await pending;
  assertEquals(status, 299);
  const into = new Uint8Array(100);
  assertEquals(await upgraded?.read(into), 3);
  assertEquals(into.subarray(0, 3), bytes("\x16\x03\x03"));
  upgraded?.close();
});

Deno.test("Http1Client: P-01: another status than 2xx to CONNECT is an ordinary response", async () => {
  const { client, server } = scene();
  const pending = client.request(get({ method: "CONNECT", target: "a:443", authority: "a:443" }));
  await server.head();
  await server.send("HTTP/1.1 407 Who Are You\r\ncontent-length: 2\r\n\r\nno");
  const { status, body, upgraded } = await pending;
  assertEquals([status, await collect(body), upgraded], [407, "no", undefined]);
  assertEquals(client.idle, true);
  client.close();
});

Deno.test("Http1Client: closeWrite of an upgraded connection ends the writing direction of its transport", async () => {
  const [near, far] = memoryDuplexPair();
  const client = new Http1Client(near);
  const pending = client.request(get({ method: "CONNECT", target: "a:1", authority: "a:1" }));
  const server = new Peer(far);
  await server.head();
  await server.send("HTTP/1.1 200 OK\r\n\r\nearly");
  const { upgraded } = await pending;
  await upgraded?.closeWrite?.();
  assertEquals(await server.rest(), "");
  upgraded?.close();
});
