/**
 * One line about each step, as text and page share it.
 *
 * @module
 */

import type { ExplainedMessage, ExplainedStep } from "./explained_step.ts";
import { counted } from "./sentences.ts";
import { lengthText } from "./visible_text.ts";

/** A step in one line. */
export function stepTitle(step: ExplainedStep): string {
  switch (step.type) {
    case "message":
      return `${step.sender === "client" ? "client -> server" : "client <- server"}  ${step.name}, ${
        placeText(step)
      }`;
    case "data":
      return `${step.sender === "client" ? "client -> server" : "client <- server"}  ${
        step.skipped ? "early data, refused and skipped" : "application data"
      }: ${lengthText(step.length)} in ${recordsText(step.records)}`;
    case "keys":
      return `keys      records of the ${step.sender} are protected by ${step.secret} from here on`;
    case "secret":
      return `secret    ${step.label} is derived${step.secret === undefined ? "; a key log shows it" : ""}`;
    case "outcome":
      return `${step.succeeded ? "done     " : "failed   "} ${step.text}`;
    case "omission":
      return `${counted(step.events, "more record")} or other events are left out, of ${
        lengthText(step.bytes)
      }`;
  }
}

/** Length, records and protection of a message. */
export function placeText({ bytes, records, encrypted }: ExplainedMessage): string {
  return `${lengthText(bytes.length)} in ${recordsText(records)}, ${
    encrypted ? "encrypted" : "in the clear"
  }`;
}

/** `record 1`, `records 2 to 5`. */
export function recordsText([first, last]: readonly [number, number]): string {
  return first === last ? `record ${first}` : `records ${first} to ${last}`;
}

/** A time since the beginning. */
export function timeText(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
