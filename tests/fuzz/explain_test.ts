/**
 * Fuzzes explanations with messages that are nearly right, in records that are cut anywhere.
 *
 * What has to hold for whatever comes: nothing is thrown, every field lies in its message, and text and page show
 * visible characters alone.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ConnectionRecorder } from "../../tls/explain/connection_recorder.ts";
import { explainedSteps } from "../../tls/explain/explained_steps.ts";
import type { ExplainedField, ExplainedStep } from "../../tls/explain/explained_step.ts";
import { htmlPage } from "../../tls/explain/html_page.ts";
import { textOfSteps } from "../../tls/explain/text_page.ts";
import { Random } from "../http2/hpack/octets.ts";
import { bytes, vec24 } from "../tls/wire/message_bytes.ts";
import { SAMPLES } from "../tls/wire/samples.ts";
import { inputs, seed } from "./support/amount.ts";

/** Connections to try. */
const CONNECTIONS = inputs(1_500);

function checkFields(fields: readonly ExplainedField[], start: number, end: number): void {
  for (const field of fields) {
    assert(field.start >= start && field.end >= field.start && field.end <= end);
    checkFields(field.fields, field.start, field.end);
  }
}

/** A connection of both ends' messages, altered. */
function record(random: Random): ConnectionRecorder {
  const recorder = new ConnectionRecorder(random.below(2) === 0 ? "client" : "server", true);
  for (let flight = 0; flight < 4; flight++) {
    const messages = Array.from({ length: 1 + random.below(4) }, () => {
      const { type, body } = random.pick(SAMPLES);
      const message = bytes(type, vec24(body));
      for (let i = random.below(4); i > 0; i--) message[random.below(message.length)] = random.below(256);
      return message.subarray(0, random.below(8) === 0 ? random.below(message.length) : message.length);
    });
    let rest = concat(messages);
    while (rest.length > 0) {
      const content = rest.subarray(0, 1 + random.below(rest.length));
      rest = rest.subarray(content.length);
      const type = random.below(16) === 0 ? 0x14 + random.below(4) as 0x14 | 0x15 | 0x16 | 0x17 : 0x16;
      const isProtected = random.below(2) === 0;
      if (flight % 2 === 0) recorder.sentRecord(type, content, isProtected);
      else {recorder.receivedRecord(
          { type, header: content, payload: content },
          { type, content },
          isProtected,
        );}
    }
    recorder.changedKeys(flight % 2 === 0 ? "sent" : "received");
  }
  recorder.failed(new Error("the end"));
  return recorder;
}

type Show = (steps: readonly ExplainedStep[]) => string;

/** Tries so many connections; returns the number of the first that is shown badly. */
function firstFault(connections: number, shows: readonly Show[]): number | undefined {
  const random = new Random(seed(1));
  for (let i = 0; i < connections; i++) {
    const steps = explainedSteps(record(random));
    for (const step of steps) if (step.type === "message") checkFields(step.fields, 0, step.bytes.length);
    // deno-lint-ignore no-control-regex -- they are what is looked for
    if (shows.some((show) => /[\x00-\x09\x0b-\x1f\x7f]/.test(show(steps)))) return i;
  }
  return undefined;
}

Deno.test("explanations of whatever comes are made, and show visible characters alone", () => {
  assertEquals(firstFault(CONNECTIONS, [textOfSteps, (steps) => htmlPage([steps])]), undefined);
});

Deno.test("a planted bug is found: text that is shown as it came", () => {
  const asItCame: Show = (steps) =>
    steps.map((step) => step.type === "message" ? String.fromCharCode(...step.bytes.subarray(0, 50)) : "")
      .join();
  assert(firstFault(100, [asItCame]) !== undefined);
});
