/** What a command prints, and where: the body, the connection, the heads, the help. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ClientError } from "../../client/error/client_error.ts";
import { VERSION } from "../../client/version.ts";
import { respond } from "./fake_host.ts";
import { CONNECTED, runMain, TIMING, URL_ } from "./run_main.ts";

Deno.test("main: the body goes to one side, the connection and the head to the other", async () => {
  const { code, host } = await runMain([URL_], {
    answer: () => respond({ fields: [["content-type", "text/plain"]], body: ["hel", "lo"] }),
  });
  assertEquals(code, 0);
  assertEquals(host.outputText, "hello");
  assertEquals(host.said, `${CONNECTED}< HTTP/1.1 200 OK\n< content-type: text/plain\n<\n${TIMING}`);
});

Deno.test("main: --silent prints the body alone", async () => {
  const { code, host } = await runMain(["-s", URL_], { answer: () => respond({ body: ["hello"] }) });
  assertEquals({ code, said: host.said, out: host.outputText }, { code: 0, said: "", out: "hello" });
});

Deno.test("main: verbose tells the request, 1xx responses and trailers, and hides credentials", async () => {
  const args = ["-v", "-d", "pin=1234", "-H", "Cookie: s3cret", "https://me:s3cret@example.com/a?b"];
  const { code, host } = await runMain(args, {
    answer: (request) => {
      request.onInformational?.(103, new Headers({ link: "</x>" }));
      return respond({
        fields: [["set-cookie", "id=s3cret; Secure"]],
        body: ["hello"],
        trailers: () => Promise.resolve([["digest", "x"]]),
      });
    },
  });
  assertEquals(code, 0);
  assertEquals(
    host.said,
    `${CONNECTED}* The certificate's SHA-256 is 039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81
> POST /a?b HTTP/1.1
> host: example.com
> accept: */*
> user-agent: Ductile/${VERSION}
> cookie: <hidden>
> content-type: application/x-www-form-urlencoded
> authorization: Basic <hidden>
> content-length: 8
>
* Sent 8 bytes of content
< 103 (informational)
< link: </x>
<
< HTTP/1.1 200 OK
< set-cookie: id=<hidden>; Secure
<
${TIMING}* Trailers:
< digest: x
* Received 5 bytes in 0.0 ms
`,
  );
});

Deno.test("main: verbose tells the request although nothing comes back", async () => {
  const { code, host } = await runMain(["-v", URL_], {
    answer: () =>
      Promise.reject(new ClientError("connection_closed", "Cannot complete the exchange: the end")),
  });
  assertEquals(code, 52);
  assert(host.said.startsWith("> GET /\n> host: example.com\n"), host.said);
  assert(host.said.endsWith(">\nductile: Cannot complete the exchange: the end\n"), host.said);
});

Deno.test("main: what a server says cannot move the cursor", async () => {
  const { host } = await runMain(["-v", URL_], {
    answer: (request) => {
      request.onInformational?.(103, new Headers({ x: "\x9b1" }));
      return respond({
        statusText: "\x9b2",
        fields: [["x", "\x9b3"], ["y", "\xe2\x80\xae4"]],
        trailers: () => Promise.resolve([["z", "\x9b5"]]),
      });
    },
  });
  for (const text of ["\\x9b1", "\\x9b2", "\\x9b3", "\\u{202e}4", "\\x9b5"]) {
    assertStringIncludes(host.said, text);
  }
  // deno-lint-ignore no-control-regex -- they are what must not be there
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(host.said), host.said);
});

Deno.test("main: a terminal with colours gets some, and a terminal alone decides", async () => {
  const coloured = await runMain([URL_], { terminals: ["stderr"], color: true });
  assertStringIncludes(coloured.host.said, "\x1b[1m< HTTP/1.1 200 OK\x1b[0m\n");
  assertStringIncludes(coloured.host.said, "\x1b[2m* Connected");
  const plain = await runMain([URL_], { terminals: ["stderr"] });
  assert(!plain.host.said.includes("\x1b"));
});

Deno.test("main: a connection that is used again is nothing new, and verbose says which it is", async () => {
  const answer = () =>
    respond({
      connection: () => ({ id: 7, reused: true, timings: { connect: 1, waiting: 0, headers: 2 } }),
    });
  const head = "< HTTP/1.1 200 OK\n<\n* Waited 0.0 ms for the connection, then 2.0 ms for the head\n";
  assertEquals((await runMain(["http://example.com/"], { answer })).host.said, head);
  const { said } = (await runMain(["-v", "http://example.com/"], { answer })).host;
  assert(said.startsWith("* Connection 7 to example.com is used again\n> GET / HTTP/1.1\n"), said);
});

Deno.test("main: what is not known of a connection is left out or said to be unknown", async () => {
  const { host } = await runMain(["-v", URL_], {
    answer: () =>
      respond({
        connection: () => ({
          id: 1,
          reused: false,
          tls: {
            implementation: "deno",
            alpnProtocol: null,
            serverName: "example.com",
            peerCertificate: undefined,
          },
          timings: { waiting: 0, headers: 2 },
        }),
      }),
  });
  assertStringIncludes(
    host.said,
    '* Connected to example.com\n* TLS handshake with "example.com", ALPN chose nothing; ',
  );
  assertStringIncludes(host.said, "* Deno's TLS does not reveal the certificate\n");
});

Deno.test("main: arguments that are wrong are not looked at any further", async () => {
  const { code, host } = await runMain(["-k", "--tls", "deno", URL_]);
  assertEquals({ code, made: host.options, out: host.outputText }, { code: 2, made: undefined, out: "" });
  assertEquals(
    host.said,
    "ductile: Cannot use --insecure with --tls deno: Deno's TLS cannot do this\n  hint: Leave out --tls.\n",
  );
});

Deno.test("main: --help and --version are the output", async () => {
  const help = await runMain(["--help"]);
  assertEquals({ code: help.code, said: help.host.said }, { code: 0, said: "" });
  assert(help.host.outputText.startsWith("Usage: deno run -N jsr:@ductile/ductile [FLAG ...] URL ...\n"));
  const version = await runMain(["-V"]);
  assertEquals({ code: version.code, out: version.host.outputText }, {
    code: 0,
    out: `ductile ${VERSION}\n`,
  });
});
