/**
 * What a machine does over the life of a connection: floods that it slows down or ends, streams that it forgets,
 * windows that it opens again.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Http2Connection } from "../../http2/connection.ts";
import { Http2Error } from "../../http2/error.ts";
import { MAX_CLOSED_STREAMS, MAX_ERROR_RESETS, MAX_PENDING_ACK_BYTES } from "../../http2/limits.ts";
import { CLIENT_PREFACE, MAX_STREAM_ID, SettingId } from "../../http2/protocol.ts";
import {
  bytes,
  client,
  data,
  describe,
  feedAll,
  GET,
  goAway,
  headers,
  lastData,
  paddedData,
  ping,
  reset,
  response,
  server,
  settings,
  SETTINGS_ACK,
  windowUpdate,
} from "./raw_frames.ts";

const TARGET = { method: "GET", scheme: "https", authority: "a.test", path: "/" };

for (const [name, flood] of [["PING", ping()], ["SETTINGS", settings([0xfa, 1])]] as const) {
  Deno.test(`T-07: a flood of ${name} is not read on until what it caused is written`, () => {
    const machine = client();
    const count = 5_000;
    machine.receive(bytes(...Array(count).fill(flood)));
    while (machine.next() !== undefined);
    assertEquals(machine.wantsRead, false);
    let acknowledged = 0;
    while (machine.pendingOutput > 0) {
      assert(
        machine.pendingOutput < MAX_PENDING_ACK_BYTES + 17,
        `${machine.pendingOutput} bytes of acknowledgements are kept`,
      );
      acknowledged += describe(machine.output()).length;
      while (machine.next() !== undefined);
    }
    assertEquals([acknowledged, machine.wantsRead], [count, true]);
  });
}

Deno.test("T-10: the stream that has to be reset because of the peer once too often ends the connection", () => {
  const machine = client({ requests: 0, initialMaxSendStreams: MAX_ERROR_RESETS + 1 });
  for (let i = 0; i < MAX_ERROR_RESETS; i++) {
    const id = machine.sendRequest(TARGET, [], true);
    machine.output();
    assertEquals(feedAll(machine, response(id, "abc")).output, [`RST_STREAM ${id} PROTOCOL_ERROR`]);
  }
  const id = machine.sendRequest(TARGET, [], true);
  machine.output();
  const { output, failure } = feedAll(machine, response(id, "abc"));
  assertEquals([output, failure], [
    [`RST_STREAM ${id} PROTOCOL_ERROR`, "GOAWAY 0 ENHANCE_YOUR_CALM"],
    "ENHANCE_YOUR_CALM",
  ]);
});

Deno.test("T-10: streams whose window the peer breaks count as well", () => {
  const machine = client({ requests: 0 });
  let failure: string | undefined;
  let resets = 0;
  for (; failure === undefined && resets < 2 * MAX_ERROR_RESETS; resets++) {
    const id = machine.sendRequest(TARGET, [], true);
    machine.output();
    failure = feedAll(machine, windowUpdate(id, 0)).failure;
  }
  assertEquals([failure, resets], ["ENHANCE_YOUR_CALM", MAX_ERROR_RESETS + 1]);
});

Deno.test("T-10: streams that the application cancels do not count", () => {
  const machine = client({ requests: 0 });
  for (let i = 0; i < 3 * MAX_ERROR_RESETS; i++) {
    const id = machine.sendRequest(TARGET, [], true);
    machine.reset(id);
    machine.output();
    // Its response was on the way.
    assertEquals(feedAll(machine, response(id), lastData(id, "late")), {
      events: [],
      output: [],
      failure: undefined,
    });
  }
});

Deno.test("T-11: frames for a stream that was cancelled are ignored, and the connection's window stays open", () => {
  const machine = client({ requests: 2, initialConnectionWindow: 65_535 });
  machine.reset(1);
  machine.output();
  let credited = 0;
  for (let i = 0; i < 50; i++) {
    const { events, output, failure } = feedAll(
      machine,
      data(1, new Uint8Array(16_384)),
      paddedData(1, "x", 200),
    );
    assertEquals([events, failure], [[], undefined]);
    for (const written of output) {
      assert(written.startsWith("WINDOW_UPDATE 0 "), written);
      credited += Number(written.slice(16));
    }
  }
  assert(credited > 50 * 16_000, `${credited} bytes were allowed again`);
  assertEquals(feedAll(machine, headers(1, [["x", "y"]], true), response(3, "200", true)).events, [
    "response 3 200",
    "end_of_message 3",
  ]);
});

Deno.test("T-12: frames for a stream that is forgotten are answered with STREAM_CLOSED, once", () => {
  const machine = client({ requests: 0, initialConnectionWindow: 65_535 });
  for (let i = 0; i <= MAX_CLOSED_STREAMS; i++) {
    machine.reset(machine.sendRequest(TARGET, [], true));
    machine.output();
  }
  assertEquals(feedAll(machine, paddedData(1, "x", 250), data(1, "y"), response(1)), {
    events: [],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
    failure: undefined,
  });
  let credited = 0;
  for (let i = 0; i < 10; i++) {
    for (const written of feedAll(machine, data(1, new Uint8Array(16_384))).output) {
      credited += Number(written.slice(16));
    }
  }
  assert(credited > 100_000, `${credited} bytes were allowed again`);
});

Deno.test("T-12: a server answers a client's DATA for a stream that it has forgotten with STREAM_CLOSED", () => {
  const machine = server({ maxConcurrentStreams: 1000 });
  for (let id = 1; id <= 2 * MAX_CLOSED_STREAMS + 1; id += 2) {
    feedAll(machine, headers(id, GET));
    machine.reset(id);
    machine.output();
  }
  assertEquals(feedAll(machine, data(1, "late")), {
    events: [],
    output: ["RST_STREAM 1 STREAM_CLOSED"],
    failure: undefined,
  });
  assertEquals(feedAll(machine, headers(3, GET)).failure, "PROTOCOL_ERROR");
});

Deno.test("T-12: cancelling any number of streams at once, and then their responses, does not end the connection", () => {
  const count = 5_000;
  const machine = client({ requests: count, initialMaxSendStreams: count });
  for (let id = 1; id < 2 * count; id += 2) machine.reset(id);
  machine.output();
  for (let id = 1; id < 2 * count; id += 2) {
    assertEquals(feedAll(machine, response(id), data(id, "x")).failure, undefined);
  }
  assertEquals(machine.activeStreams, 0);
});

Deno.test("T-13: DATA beyond the connection's window ends the connection", () => {
  // The window opens again as DATA arrives, so that only a frame larger than what is left can break it: it takes a
  // peer that sends while the update waits to be written, which counts from when it is queued.
  const machine = client({
    requests: 1,
    initialConnectionWindow: 65_535,
    initialStreamWindow: 1 << 20,
    maxFrameSize: 1 << 20,
  });
  const { failure, output } = feedAll(machine, response(1), data(1, new Uint8Array(65_536)));
  assertEquals([failure, output], ["FLOW_CONTROL_ERROR", ["GOAWAY 0 FLOW_CONTROL_ERROR"]]);
});

Deno.test("WINDOW_UPDATE of a stream is sent when half of its window was consumed, and not before", () => {
  const machine = client({ initialStreamWindow: 100_000 });
  feedAll(machine, response(1), data(1, new Uint8Array(16_000)), data(1, new Uint8Array(16_000)));
  machine.consume(1, 32_000);
  assertEquals(describe(machine.output()), []);
  feedAll(machine, data(1, new Uint8Array(16_000)), data(1, new Uint8Array(16_000)));
  assertEquals(describe(machine.output()), []);
  machine.consume(1, 18_000);
  assertEquals(describe(machine.output()), ["WINDOW_UPDATE 1 50000"]);
});

Deno.test("a stream that has ended gets no WINDOW_UPDATE", () => {
  const machine = client({ initialStreamWindow: 10_000, open: true });
  feedAll(machine, response(1), lastData(1, new Uint8Array(9_000)));
  machine.consume(1, 9_000);
  assertEquals(describe(machine.output()), []);
});

Deno.test("T-15: padding counts against the windows, and WINDOW_UPDATE gives it back at once", () => {
  const machine = client({ initialStreamWindow: 70_000, initialConnectionWindow: 70_000 });
  feedAll(machine, response(1));
  let padded = 0;
  for (let i = 0; i < 400; i++) {
    const { failure, output } = feedAll(machine, paddedData(1, "x".repeat(256), 255));
    assertEquals(failure, undefined, `frame ${i}`);
    for (const written of output) {
      if (written.startsWith("WINDOW_UPDATE 1 ")) padded += Number(written.slice(16));
    }
    machine.consume(1, 256);
    for (const written of describe(machine.output())) padded += Number(written.slice(16));
  }
  assert(padded > 400 * 400, `${padded} bytes were allowed again`);
});

Deno.test("T-14: a window can be negative, and nothing is sent until it is not", () => {
  const machine = client({ method: "POST", open: true });
  assertEquals(machine.sendData(1, new Uint8Array(60_000), false), 60_000);
  feedAll(machine, settings([SettingId.INITIAL_WINDOW_SIZE, 10_000]));
  assertEquals(machine.sendable(1), 0);
  assertEquals(machine.sendData(1, new Uint8Array(1), false), 0);
  feedAll(machine, windowUpdate(1, 50_000));
  assertEquals(machine.sendable(1), 0); // 10,000 - 60,000 + 50,000
  feedAll(machine, windowUpdate(1, 7));
  assertEquals(machine.sendable(1), 7);
  feedAll(machine, settings([SettingId.INITIAL_WINDOW_SIZE, 10_005]));
  assertEquals(machine.sendable(1), 12);
});

Deno.test("the connection's window limits all streams together", () => {
  const machine = client({ method: "POST", open: true, requests: 2 });
  assertEquals(machine.sendData(1, new Uint8Array(60_000), false), 60_000);
  assertEquals(machine.sendData(3, new Uint8Array(60_000), true), 5_535);
  machine.output();
  feedAll(machine, windowUpdate(0, 100_000));
  assertEquals(machine.sendData(3, new Uint8Array(54_465), true), 54_465);
  assertEquals(describe(machine.output()).at(-1), "DATA 3 end 5313");
});

Deno.test("a window smaller than the default applies once the peer acknowledged SETTINGS", () => {
  const machine = new Http2Connection("client", { initialStreamWindow: 1_000 });
  machine.sendRequest(TARGET, [], true);
  machine.sendRequest(TARGET, [], true);
  const early = feedAll(machine, settings(), response(1), data(1, new Uint8Array(16_000)), SETTINGS_ACK);
  assertEquals(early.failure, undefined);
  const late = feedAll(machine, response(3), data(3, new Uint8Array(1_001)));
  assertEquals(late.events.at(-1), "reset 3 FLOW_CONTROL_ERROR local responding");
});

Deno.test("T-33: no more requests are opened than the server takes, whichever SETTINGS come meanwhile", () => {
  const machine = new Http2Connection("client");
  assertEquals(machine.openable, 100); // nothing is known of the server
  feedAll(machine, settings());
  assertEquals(machine.openable > 1e6, true); // it has no limit
  feedAll(machine, settings([SettingId.MAX_CONCURRENT_STREAMS, 2]));
  machine.sendRequest(TARGET, [], true);
  machine.sendRequest(TARGET, [], true);
  assertEquals(machine.openable, 0);
  assertThrows(() => machine.sendRequest(TARGET, [], true), TypeError, "no stream can be opened");
  feedAll(machine, settings([SettingId.MAX_CONCURRENT_STREAMS, 1]));
  feedAll(machine, response(1, "200", true));
  assertEquals(machine.openable, 0);
  feedAll(machine, response(3, "200", true));
  assertEquals(machine.openable, 1);
  feedAll(machine, settings([SettingId.MAX_CONCURRENT_STREAMS, 0]));
  assertEquals(machine.openable, 0);
});

Deno.test("T-39: after the last stream identifier no more streams are opened", () => {
  const machine = client({ requests: 0, firstStreamId: MAX_STREAM_ID - 2 });
  assertEquals([machine.openable, machine.sendRequest(TARGET, [], true)], [2, MAX_STREAM_ID - 2]);
  assertEquals([machine.openable, machine.sendRequest(TARGET, [], true)], [1, MAX_STREAM_ID]);
  assertEquals([machine.openable, machine.streamIdsLeft], [0, 0]);
  assertThrows(() => machine.sendRequest(TARGET, [], true), TypeError);
  assertEquals(feedAll(machine, response(MAX_STREAM_ID, "200", true)).events, [
    `response ${MAX_STREAM_ID} 200`,
    `end_of_message ${MAX_STREAM_ID}`,
  ]);
});

Deno.test("after GOAWAY no streams are opened", () => {
  const machine = client();
  feedAll(machine, goAway(1));
  assertEquals([machine.openable, machine.closing], [0, true]);
  assertThrows(() => machine.sendRequest(TARGET, [], true), TypeError);
});

Deno.test("streams that GOAWAY gives up are closed: nothing is sent on them, and the connection ends without them", () => {
  const machine = client({ requests: 2, open: true, method: "POST" });
  feedAll(machine, goAway(1));
  assertEquals([machine.activeStreams, machine.sendable(3)], [1, 0]);
  assertThrows(() => machine.sendData(3, bytes("x"), true), TypeError, "it is not open");
  assertEquals(machine.sendData(1, bytes("x"), true), 1);
  machine.receive(response(1, "200", true));
  machine.receiveEnd();
  assertEquals(
    Array.from({ length: 3 }, () => machine.next()?.type),
    ["response", "end_of_message", "connection_closed"],
  );
});

Deno.test("a PING has eight bytes, no less and no more", () => {
  const machine = client();
  for (const length of [0, 7, 9, 16]) {
    assertThrows(() => machine.ping(new Uint8Array(length)), RangeError, `Cannot ping with ${length} bytes`);
  }
  assertEquals(machine.pendingOutput, 0);
});

Deno.test("a failed connection throws the same error at every call, and ignores what comes", () => {
  const machine = client();
  machine.receive(windowUpdate(0, 0));
  const first = assertThrows(() => machine.next(), Http2Error);
  machine.output();
  machine.receive(response(1));
  assertEquals(assertThrows(() => machine.next(), Http2Error), first);
  assertEquals([machine.wantsRead, machine.pendingOutput, machine.failure], [false, 0, first]);
  assertThrows(() => machine.sendData(1, new Uint8Array(1), true), Http2Error);
});

Deno.test("T-34: the end of the connection inside a response is an error, after the last response it is not", () => {
  const cutOff = client();
  cutOff.receive(response(1));
  cutOff.next();
  cutOff.receiveEnd();
  assertEquals(assertThrows(() => cutOff.next(), Http2Error).code, "truncated");

  const complete = client();
  complete.receive(bytes(response(1, "200", true), goAway(1)));
  complete.receiveEnd();
  assertEquals(
    Array.from({ length: 5 }, () => complete.next()?.type),
    ["response", "end_of_message", "go_away", "connection_closed", undefined],
  );
});

Deno.test("a stream that is reset after its last content, and before its end_of_message, has no more events", () => {
  const machine = client({ open: true, method: "POST" });
  machine.receive(bytes(response(1), lastData(1, "x"), goAway(1)));
  assertEquals([machine.next()?.type, machine.next()?.type], ["response", "data"]);
  machine.reset(1);
  assertEquals(machine.next()?.type, "go_away");
});

Deno.test("a stream that is reset while events of others wait takes none of theirs along", () => {
  const machine = client({ requests: 3 });
  machine.receive(goAway(1));
  assertEquals(machine.next()?.type, "go_away");
  machine.reset(1);
  const events = [machine.next(), machine.next(), machine.next()];
  assertEquals(events.map((event) => event?.type === "reset" && event.streamId), [3, 5, false]);
});

Deno.test("T-34: the end of the connection inside a frame is an error", () => {
  const machine = client({ requests: 0 });
  machine.receive(ping().subarray(0, 12));
  machine.receiveEnd();
  assertEquals(assertThrows(() => machine.next(), Http2Error).code, "truncated");
});

Deno.test("a client that opens and resets streams without end (rapid reset) is refused with ENHANCE_YOUR_CALM", () => {
  const machine = server();
  let failure: string | undefined;
  let streams = 0;
  for (; failure === undefined && streams < 1000; streams++) {
    failure = feedAll(machine, headers(2 * streams + 1, GET, true), reset(2 * streams + 1)).failure;
  }
  assertEquals([failure, streams], ["ENHANCE_YOUR_CALM", 101]);
});

Deno.test("a client that resets requests now and then is not refused", () => {
  const machine = server();
  for (let i = 0; i < 1000; i++) {
    const [given, kept] = [4 * i + 1, 4 * i + 3];
    assertEquals(
      feedAll(machine, headers(given, GET, true), reset(given), headers(kept, GET, true)).failure,
      undefined,
    );
    machine.sendResponse(kept, 204, [], true);
    machine.output();
  }
});

Deno.test("a client that opens more streams than allowed gets REFUSED_STREAM, and ENHANCE_YOUR_CALM when it goes on", () => {
  const machine = server({ maxConcurrentStreams: 1 });
  const { events, output } = feedAll(machine, headers(1, GET, true), headers(3, GET, true));
  assertEquals([events, output], [["request 1 GET /", "end_of_message 1"], ["RST_STREAM 3 REFUSED_STREAM"]]);
  let failure: string | undefined;
  let refused = 1;
  for (; failure === undefined && refused < 2 * MAX_ERROR_RESETS; refused++) {
    failure = feedAll(machine, headers(2 * refused + 3, GET, true)).failure;
  }
  assertEquals([failure, refused], ["ENHANCE_YOUR_CALM", MAX_ERROR_RESETS + 1]);
});

Deno.test("after its own GOAWAY a server ignores new streams, keeps the HPACK tables right, and finishes the old ones", () => {
  const machine = server();
  feedAll(machine, headers(1, GET, true));
  machine.goAway();
  const indexed = bytes(0x82, 0x87, 0x84, 0x40, 1, "x", 1, "y"); // GET https / and a field to remember
  const again = bytes(0x82, 0x87, 0x84, 0xbe);
  const wire = (id: number, block: Uint8Array) => bytes(0, 0, block.length, 1, 5, 0, 0, 0, id, block);
  assertEquals(feedAll(machine, wire(3, indexed), wire(5, again), data(3, "x")).events, []);
  machine.sendResponse(1, 200, [], true);
  assertEquals(describe(machine.output()).at(-1), "HEADERS 1 end");
  machine.goAway("ENHANCE_YOUR_CALM");
  assertEquals(describe(machine.output()), ["GOAWAY 1 ENHANCE_YOUR_CALM"]); // no stream more than was said before
});

Deno.test("options that are out of range are refused", () => {
  for (
    const options of [
      { initialStreamWindow: 2 ** 31 },
      { initialConnectionWindow: 65_534 },
      { maxFrameSize: 16_383 },
      { maxFrameSize: 2 ** 24 },
      { maxHeaderListSize: -1 },
      { maxConcurrentStreams: 0.5 },
      { firstStreamId: 2 },
      { firstStreamId: NaN },
    ]
  ) {
    assertThrows(() => new Http2Connection("client", options), RangeError, "Cannot use");
  }
});

Deno.test("the preface has what the options say", () => {
  const machine = new Http2Connection("client", { initialConnectionWindow: 65_536 });
  const output = machine.output();
  assertEquals(output?.subarray(0, CLIENT_PREFACE.length), CLIENT_PREFACE);
  assertEquals(describe(output), ["SETTINGS", "WINDOW_UPDATE 0 1"]);
  assertEquals(describe(new Http2Connection("server", { initialConnectionWindow: 65_535 }).output()), [
    "SETTINGS",
  ]);
});

Deno.test("V-78: windows that SETTINGS close and open again and again are right in the end", () => {
  const machine = server();
  const ids = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
  feedAll(machine, ...ids.map((id) => headers(id, GET, true)));
  for (const id of ids) machine.sendResponse(id, 200, [], false);
  machine.output();
  const initial = SettingId.INITIAL_WINDOW_SIZE;
  for (let round = 0; round < 1000; round++) {
    assertEquals(feedAll(machine, settings([initial, 0]), settings([initial, 100])).failure, undefined);
  }
  assertEquals(machine.sendData(1, new Uint8Array(200), true), 100);
  assertEquals(feedAll(machine, settings([initial, 0])).failure, undefined);
  assertEquals(machine.sendable(1), 0);
  feedAll(machine, windowUpdate(1, 150));
  // The window was at -100.
  assertEquals([machine.sendable(1), machine.sendable(3)], [50, 0]);
});
