/** Spans of requests where a tracer is registered: by the semantic conventions, and of no harm. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, ClientError, type ClientRequestInit } from "../../../mod.ts";
import { pathOf, ROOT } from "../../support/checkout.ts";
import { eventually } from "../../support/eventually.ts";
import { scriptedServer } from "../../support/scripted_server.ts";
import { type FakeTelemetryOptions, registerTelemetry } from "./fake_telemetry.ts";

/** A server that answers with the fields it got, or as the path says. */
function origin(request: Request): Response {
  const { pathname, origin } = new URL(request.url);
  if (pathname === "/redirect") return Response.redirect(`${origin}/end`, 302);
  const status = Number(pathname.slice(1));
  return Response.json(Object.fromEntries(request.headers), status >= 200 ? { status } : {});
}

/** The attributes that depend on neither port nor address. */
function stable(attributes: Record<string, unknown>): Record<string, unknown> {
  const { "server.port": port, "network.peer.port": peerPort, "url.full": url, ...rest } = attributes;
  assertEquals(peerPort ?? port, port);
  return { ...rest, url: String(url).replace(/^http:\/\/127\.0\.0\.1:\d+/, "") };
}

const SERVER = { "server.address": "127.0.0.1" };
const PEER = { ...SERVER, "network.peer.address": "127.0.0.1", "network.protocol.version": "1.1" };

interface Row {
  readonly name: string;
  readonly path: string;
  readonly init?: ClientRequestInit;
  readonly spans: readonly {
    readonly name: string;
    readonly status?: number;
    readonly attributes: Record<string, unknown>;
  }[];
}

const get = (status: number, url: string, more: Record<string, unknown> = {}) => ({
  "http.request.method": "GET",
  ...PEER,
  "http.response.status_code": status,
  url,
  ...more,
});

const ROWS: readonly Row[] = [
  { name: "a response", path: "/200", spans: [{ name: "GET", attributes: get(200, "/200") }] },
  {
    name: "a response of 404, an error to a client",
    path: "/404",
    spans: [{ name: "GET", status: 2, attributes: get(404, "/404", { "error.type": "404" }) }],
  },
  {
    name: "a response of 503",
    path: "/503",
    spans: [{ name: "GET", status: 2, attributes: get(503, "/503", { "error.type": "503" }) }],
  },
  {
    name: "a redirect, each request of which is a span of its own",
    path: "/redirect",
    spans: [
      { name: "GET", attributes: get(302, "/redirect") },
      { name: "GET", attributes: get(200, "/end", { "http.request.resend_count": 1 }) },
    ],
  },
  {
    name: "a query with a token",
    path: "/200?sig=secret&page=2",
    spans: [{ name: "GET", attributes: get(200, "/200?sig=REDACTED&page=2") }],
  },
  {
    name: "a method of no RFC, which is no name of low cardinality",
    path: "/200",
    init: { method: "BREW" },
    spans: [{
      name: "HTTP",
      attributes: {
        ...get(200, "/200"),
        "http.request.method": "_OTHER",
        "http.request.method_original": "BREW",
      },
    }],
  },
];

for (const { name, path, init, spans } of ROWS) {
  Deno.test(`OpenTelemetry: ${name}`, async () => {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    using telemetry = registerTelemetry();
    using client = new Client();
    const response = await client.fetch(`http://127.0.0.1:${server.addr.port}${path}`, init);
    const { traceparent } = await response.json();
    assertEquals(traceparent, `span-${spans.length}`, "that of the last span");
    assertEquals([...telemetry.tracers], ["@ductile/ductile"]);
    assertEquals(
      telemetry.spans.map(({ name, kind, status, attributes, ends, parent }) => {
        return { name, kind, status, attributes: stable(attributes), ends, parent };
      }),
      spans.map(({ name, status, attributes }) => {
        return { name, kind: 2, status, attributes, ends: 1, parent: "mine" };
      }),
    );
  });
}

Deno.test("OpenTelemetry: a connection that is refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using telemetry = registerTelemetry();
  using client = new Client();
  await assertRejects(() => client.get(`http://127.0.0.1:${port}/`), ClientError);
  const [span] = telemetry.spans;
  assertEquals([telemetry.spans.length, span?.ends, span?.status], [1, 1, 2]);
  assertEquals(span?.attributes["error.type"], "connection_refused");
});

for (const reason of [undefined, new Error("not needed"), "not needed"]) {
  Deno.test(`OpenTelemetry: a request that its caller gives up is no error (${reason})`, async () => {
    await using peer = scriptedServer((peer) => peer.untilClosed());
    using telemetry = registerTelemetry();
    using client = new Client();
    const controller = new AbortController();
    const response = client.get(peer.url, { signal: controller.signal });
    await eventually("the attempt has begun", () => telemetry.spans.length === 1);
    controller.abort(reason);
    await response.then(() => {}, () => {});
    const [span] = telemetry.spans;
    assertEquals([telemetry.spans.length, span?.ends, span?.status], [1, 1, undefined]);
    assertEquals(span?.attributes["error.type"], undefined);
  });
}

Deno.test("OpenTelemetry: a request that the deadline of its signal aborts", async () => {
  await using peer = scriptedServer((peer) => peer.untilClosed());
  using telemetry = registerTelemetry();
  using client = new Client();
  await assertRejects(() => client.get(peer.url, { signal: AbortSignal.timeout(20) }));
  const [span] = telemetry.spans;
  assertEquals([telemetry.spans.length, span?.ends, span?.status], [1, 1, 2]);
  assertEquals(span?.attributes["error.type"], "TimeoutError");
});

interface FieldsRow {
  readonly name: string;
  readonly options?: FakeTelemetryOptions;
  readonly headers?: Record<string, string>;
  /** What the server gets. */
  readonly sent: Record<string, string | undefined>;
  /** Spans that are made. */
  readonly spans: number;
}

const FIELDS: readonly FieldsRow[] = [
  {
    name: "the fields of the propagator are sent",
    options: { fields: { tracestate: "a=1", Baggage: "b=2" } },
    sent: { traceparent: "span-1", tracestate: "a=1", baggage: "b=2" },
    spans: 1,
  },
  {
    name: "a traceparent of the caller is sent as it is, and no tracestate of another",
    options: { fields: { tracestate: "a=1" } },
    headers: { traceparent: "mine" },
    sent: { traceparent: "mine", tracestate: undefined },
    spans: 1,
  },
  {
    name: "other fields of the caller stay",
    options: { fields: { baggage: "theirs" } },
    headers: { baggage: "mine" },
    sent: { traceparent: "span-1", baggage: "mine" },
    spans: 1,
  },
  {
    name: "a field that cannot be sent is not, and the others are",
    options: { fields: { baggage: "a\r\nevil: 1", "bad name": "x" } },
    sent: { traceparent: "span-1", baggage: undefined, evil: undefined },
    spans: 1,
  },
  {
    name: "a context that suppresses tracing has no span",
    options: { suppressed: true },
    sent: { traceparent: undefined },
    spans: 0,
  },
  {
    name: "a broken context manager",
    options: { broken: "active" },
    sent: { traceparent: undefined },
    spans: 0,
  },
  { name: "a broken provider", options: { broken: "getTracer" }, sent: { traceparent: undefined }, spans: 0 },
  { name: "a broken tracer", options: { broken: "startSpan" }, sent: { traceparent: undefined }, spans: 0 },
  { name: "a broken propagator", options: { broken: "inject" }, sent: { traceparent: undefined }, spans: 1 },
  { name: "a broken span", options: { broken: "span" }, sent: { traceparent: "span-1" }, spans: 1 },
];

for (const { name, options, headers = {}, sent, spans } of FIELDS) {
  Deno.test(`OpenTelemetry: ${name}`, async () => {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    using telemetry = registerTelemetry(options);
    using client = new Client();
    const response = await client.get(`http://127.0.0.1:${server.addr.port}/200`, { headers });
    const got: Record<string, string> = await response.json();
    assertEquals(Object.fromEntries(Object.keys(sent).map((name) => [name, got[name]])), sent);
    assertEquals(telemetry.spans.length, spans);
  });
}

/** The program of a user, in a process with `env`. @returns What it printed. */
async function outputIn(env: Record<string, string>, program: string): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", `--config=${pathOf(new URL("deno.json", ROOT))}`, program],
    cwd: pathOf(ROOT),
    env: { ...env, NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

const IMPORT = `import { Client } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};`;

Deno.test("OpenTelemetry: under OTEL_DENO, Deno's exporter sends a span like that of the global fetch", async () => {
  const exported: string[] = [];
  await using collector = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    if (new URL(request.url).pathname === "/v1/traces") exported.push(await request.text());
    return Response.json({});
  });
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
  const url = JSON.stringify(`http://127.0.0.1:${server.addr.port}/200`);
  const said = await outputIn(
    {
      OTEL_DENO: "true",
      OTEL_DENO_CONSOLE: "ignore",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
    },
    `${IMPORT}
    const client = new Client();
    for (const call of [client.fetch, fetch]) console.log((await (await call(${url})).json()).traceparent);
    client.close();`,
  );
  const [ours = "", theirs = ""] = said.split("\n");
  const spans = exported.flatMap((text) => {
    const { resourceSpans } = JSON.parse(text);
    return resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) =>
      scopeSpans.flatMap(({ spans }) => spans)
    );
  }) as Span[];
  for (const traceparent of [ours, theirs]) {
    const [, traceId, spanId] = traceparent.split("-");
    const span = spans.find((each) => each.spanId === spanId);
    assertEquals([span?.traceId, span?.name, span?.kind], [traceId, "GET", 3], traceparent);
  }
});

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly kind: number;
}

// Not in a string of the import itself: type-checking must not need the packages.
const PACKAGES = ["npm:@opentelemetry/sdk-trace-node@2", "npm:@opentelemetry/api@1"];
const isThere = await Promise.all(PACKAGES.map((name) => import(name))).then(() => true, () => false);

Deno.test({
  name: `OpenTelemetry: the SDK of npm${isThere ? "" : " (@opentelemetry/sdk-trace-node is not there)"}`,
  ignore: !isThere,
  async fn() {
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, origin);
    const url = JSON.stringify(`http://127.0.0.1:${server.addr.port}/200`);
    const said = await outputIn(
      {},
      `${IMPORT}
      import sdk from ${JSON.stringify(PACKAGES[0])};
      import { trace } from ${JSON.stringify(PACKAGES[1])};
      const exporter = new sdk.InMemorySpanExporter();
      const provider = new sdk.NodeTracerProvider({
        spanProcessors: [new sdk.SimpleSpanProcessor(exporter)],
      });
      provider.register();
      const client = new Client();
      await trace.getTracer("test").startActiveSpan("outer", async (outer) => {
        const { traceparent } = await (await client.get(${url})).json();
        outer.end();
        await provider.forceFlush();
        const [span] = exporter.getFinishedSpans();
        const { traceId, spanId } = span.spanContext();
        console.log(JSON.stringify({
          name: span.name,
          kind: span.kind,
          isParent: span.parentSpanContext?.spanId === outer.spanContext().spanId,
          isSent: traceparent === "00-" + traceId + "-" + spanId + "-01",
          status: span.attributes["http.response.status_code"],
        }));
      });
      client.close();`,
    );
    assertEquals(JSON.parse(said), { name: "GET", kind: 2, isParent: true, isSent: true, status: 200 });
    assert(isThere);
  },
});
