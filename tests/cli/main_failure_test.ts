/** What a command that fails prints and exits with, Ctrl-C among it. */

import { assert, assertEquals } from "@std/assert";
import { ClientError } from "../../client/error/client_error.ts";
import { respond } from "./fake_host.ts";
import { runMain, URL_ } from "./run_main.ts";

Deno.test("main: Ctrl-C ends a request", async () => {
  const { code, host } = await runMain([URL_], {
    answer: ({ signal }, world) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => reject(signal.reason));
      world.interrupt?.();
      return promise;
    },
  });
  assertEquals(code, 130);
  assert(host.said.endsWith("ductile: Interrupted\n"), host.said);
});

Deno.test("main: Ctrl-C ends a download and keeps what has come", async () => {
  const { code, host } = await runMain(["-o", "page", URL_], {
    answer: ({ signal }, world) => {
      const response = respond({ fields: [["content-length", "10"]], body: ["hello"] });
      const { body } = response;
      if (body === null) throw new Error("There is a body");
      Object.defineProperty(response, "body", {
        value: body.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            flush() {
              world.interrupt?.();
              throw signal?.reason;
            },
          }),
        ),
      });
      return response;
    },
  });
  assertEquals({ code, written: host.written }, { code: 130, written: { page: "hello" } });
  assert(
    host.said.endsWith('* "page" is incomplete: it has 5 of 10 bytes\nductile: Interrupted\n'),
    host.said,
  );
});

const FAILURES = [
  {
    error: new ClientError("dns", "Cannot connect: x", { hint: "Spell it." }),
    code: 6,
    said: "ductile: Cannot connect: x\n  hint: Spell it.\n",
  },
  {
    error: new ClientError("connection_refused", "Cannot connect: x", {
      cause: new Deno.errors.ConnectionRefused("Connection refused (os error 111)"),
    }),
    code: 7,
    said: "ductile: Cannot connect: x\n  cause: ConnectionRefused: Connection refused (os error 111)\n",
  },
  {
    error: new ClientError(
      "certificate_invalid",
      "Cannot connect: it is an authority's, which must not be x",
      {
        hint: "Use a verifier.",
      },
    ),
    code: 60,
    said:
      "ductile: Cannot connect: it is an authority's, which must not be x\n  hint: Know the server by its key, with " +
      "--insecure beside --pinnedpubkey (--insecure --verbose shows it); or let the authority sign one for the " +
      "server (CA:FALSE).\n",
  },
  {
    error: new ClientError("handshake_failed", "Cannot go on: x", {
      hint: "It is wanted: see cert and key.",
    }),
    code: 35,
    said: "ductile: Cannot go on: x\n  hint: It is wanted: see --cert and --key.\n",
  },
  {
    error: new ClientError("certificate_unknown_issuer", "Cannot connect: x", { hint: "Use caCerts." }),
    code: 60,
    said:
      "ductile: Cannot connect: x\n  hint: Name the file with its authority's certificate: --cacert FILE.\n",
  },
  {
    error: new ClientError("handshake_failed", "Cannot connect: x"),
    code: 35,
    said: "ductile: Cannot connect: x\n",
  },
  {
    error: new ClientError("bad_certificate_pem", "Cannot connect: bad DER", {
      cause: Object.assign(new Error("Cannot use it: bad DER"), { code: "bad_certificate_pem" }),
    }),
    code: 58,
    said: "ductile: Cannot connect: bad DER\n  cause: Cannot use it: bad DER\n",
  },
  {
    error: new ClientError("total_timeout", "Cannot go on: x"),
    code: 28,
    said:
      "ductile: Cannot go on: x\n  hint: Allow more time with --max-time, or find out what holds the server up.\n",
  },
  { error: new ClientError("decoding_failed", "Cannot decode"), code: 61, said: "ductile: Cannot decode\n" },
  {
    error: new ClientError("stream_reset", "Cannot \x1b[2J https://u:p@h/"),
    code: 92,
    said: "ductile: Cannot \\x1b[2J https://<hidden>@h/\n",
  },
  {
    error: new RangeError("What is this"),
    code: 43,
    said: "ductile: RangeError: What is this\n  hint: This is not meant to happen; please report it.\n",
  },
  {
    error: "a string",
    code: 43,
    said: "ductile: a string\n  hint: This is not meant to happen; please report it.\n",
  },
];

for (const { error, code, said } of FAILURES) {
  const name = error instanceof ClientError ? `${error.code} with ${code}` : String(error);
  Deno.test(`main: a failure such as ${name} has its number and its words`, async () => {
    const { code: ended, host } = await runMain(["-s", URL_], { answer: () => Promise.reject(error) });
    assertEquals({ ended, said: host.said }, { ended: code, said });
  });
}

Deno.test("main: a cause that the message repeats is not said twice", async () => {
  const cause = new Error("Cannot shake hands: expired", { cause: new Error("CertExpired") });
  const error = new ClientError("certificate_expired", "Cannot connect: cannot shake hands: expired", {
    cause,
  });
  const { host } = await runMain(["-s", URL_], { answer: () => Promise.reject(error) });
  assertEquals(
    host.said,
    "ductile: Cannot connect: cannot shake hands: expired\n  cause: Error: CertExpired\n",
  );
});

Deno.test("main: a circle of causes ends, and a long one is cut", async () => {
  const error = new ClientError("protocol_error", "Cannot go on", {
    cause: new Error("Cannot ".repeat(10_000)),
  });
  Object.assign(error.cause ?? {}, { cause: error });
  const { host } = await runMain(["-s", URL_], { answer: () => Promise.reject(error) });
  assertEquals(host.said.match(/ {2}cause: /g)?.length, 5);
  assert(host.said.length < 6_000);
});
