/**
 * A process that passes bytes on: one port leads to the port of the argument, the other is an HTTP proxy that opens
 * tunnels. It prints both ports, and ends with its standard input.
 *
 * @module
 */

const [port = "0"] = Deno.args;
const plain = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });

Deno.stdout.writeSync(new TextEncoder().encode(`${plain.addr.port} ${proxy.addr.port}\n`));
serve(plain, async (conn) => await relay(conn, Number(port)));
serve(proxy, async (conn) => {
  const head = new Uint8Array(4_096);
  const count = await conn.read(head) ?? 0; // all of a small CONNECT comes at once on loopback
  const [, asked] = /^CONNECT [^ :]+:([0-9]+) /.exec(new TextDecoder().decode(head.subarray(0, count))) ?? [];
  await conn.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  await relay(conn, Number(asked));
});

for await (const _ of Deno.stdin.readable);
Deno.exit();

async function serve(
  listener: Deno.TcpListener,
  script: (conn: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  for await (const conn of listener) script(conn).catch(() => {}); // the other end has gone
}

async function relay(conn: Deno.TcpConn, port: number): Promise<void> {
  const behind = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const end of [conn, behind]) end.setNoDelay(true);
  await Promise.all([conn.readable.pipeTo(behind.writable), behind.readable.pipeTo(conn.writable)]);
}
