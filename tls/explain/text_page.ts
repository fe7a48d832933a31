/**
 * The explanation of a connection as text, for a terminal or a file.
 *
 * @module
 */

import { MAX_EXPLAINED_LIST } from "../limits.ts";
import type { ExplainedField, ExplainedMessage, ExplainedOutcome, ExplainedStep } from "./explained_step.ts";
import { stepTitle, timeText } from "./step_titles.ts";
import { hexPairs, lengthText } from "./visible_text.ts";

/** The steps as text: visible characters, each line with its line feed. */
export function textOfSteps(steps: readonly ExplainedStep[]): string {
  return steps.flatMap(linesOf).map((line) => `${line.trimEnd()}\n`).join("");
}

function linesOf(step: ExplainedStep): readonly string[] {
  switch (step.type) {
    case "message":
      return messageLines(step);
    case "outcome":
      return outcomeLines(step);
    case "secret":
      return [
        headLine(step),
        ...(step.secret === undefined ? [] : [`      ${hexPairs(step.secret)}`]),
      ];
    case "data":
    case "keys":
    case "omission":
      return [headLine(step)];
  }
}

function headLine(step: ExplainedStep): string {
  const time = step.type === "omission" ? "" : timeText(step.at);
  return `${time.padStart(TIME_WIDTH)}  ${stepTitle(step)}`;
}

function messageLines(message: ExplainedMessage): string[] {
  const lines = ["", headLine(message)];
  // Its type and length are in the head.
  const fields = message.fields.filter(({ name }) => name !== "msg_type" && name !== "length");
  for (const field of fields) lines.push(...fieldLines(field, message.bytes, 0));
  if (message.problem !== undefined) lines.push(`      ! ${message.problem}`);
  if (message.inner !== undefined) {
    const { name, bytes, fields: inside, problem } = message.inner;
    lines.push(`      = ${name}, ${lengthText(bytes.length)} inside`);
    for (const field of inside) lines.push(...fieldLines(field, bytes, 1));
    lines.push(...problemLines(problem, 1));
  }
  for (const { about, decision, because } of message.decisions) {
    lines.push(`    * ${about}: ${decision}`);
    if (because !== undefined) lines.push(`        ${because}`);
  }
  return lines;
}

function fieldLines(field: ExplainedField, bytes: Uint8Array, depth: number): string[] {
  const [type, data] = field.fields;
  if (type?.name === "extension_type" && data !== undefined) {
    return extensionLines(field.value, data, bytes, depth);
  }
  const shown = shortened(field.value);
  const left = `${"  ".repeat(depth)}${field.name === "" ? shown : field.name}`;
  const hex = field.fields.length > 0 ? "" : hexText(bytes.subarray(field.start, field.end));
  // What a field inside says as well need not be said twice.
  const isRepeated = field.name === "" || field.fields.some(({ value }) => value === field.value);
  const value = isRepeated ? "" : shown;
  const line = `      ${left.padEnd(NAME_WIDTH)} ${hex.padEnd(HEX_WIDTH)} ${value}`;
  const lines = [line];
  for (const inner of field.fields.slice(0, MAX_EXPLAINED_LIST)) {
    lines.push(...fieldLines(inner, bytes, depth + 1));
  }
  return [...lines, ...problemLines(field.problem, depth)];
}

/** An extension takes one line, unless its value is no more than a length, or something is wrong with it. */
function extensionLines(name: string, data: ExplainedField, bytes: Uint8Array, depth: number): string[] {
  const left = `${"  ".repeat(depth)}${name}`;
  const content = bytes.subarray(data.start + EXTENSION_LENGTH_BYTES, data.end);
  const line = `      ${left.padEnd(NAME_WIDTH)} ${hexText(content).padEnd(HEX_WIDTH)} ${
    shortened(data.value)
  }`;
  const saysAll = !/^\d+ bytes?$/.test(data.value) && data.problem === undefined;
  const inner = saysAll ? [] : data.fields.flatMap((field) => fieldLines(field, bytes, depth + 1));
  return [line, ...inner, ...problemLines(data.problem, depth + 1)];
}

const EXTENSION_LENGTH_BYTES = 2;

function problemLines(problem: string | undefined, depth: number): string[] {
  return problem === undefined ? [] : [`      ${"  ".repeat(depth)}! ${problem}`];
}

function shortened(value: string): string {
  return value.length > MAX_VALUE_CHARACTERS ? `${value.slice(0, MAX_VALUE_CHARACTERS)}...` : value;
}

function outcomeLines(outcome: ExplainedOutcome): string[] {
  const lines = ["", headLine(outcome)];
  if (outcome.code !== undefined) lines.push(`      code: ${outcome.code}`);
  for (const [name, value] of outcome.details) lines.push(`      ${name}: ${value}`);
  if (outcome.hint !== undefined) lines.push(`      hint: ${outcome.hint}`);
  return lines;
}

function hexText(bytes: Uint8Array): string {
  return bytes.length <= MAX_LINE_BYTES
    ? hexPairs(bytes)
    : `${hexPairs(bytes.subarray(0, MAX_LINE_BYTES - 1))}...`;
}

const TIME_WIDTH = 9;
const NAME_WIDTH = 34;
/** Bytes that one line shows. */
const MAX_LINE_BYTES = 8;
const HEX_WIDTH = 3 * MAX_LINE_BYTES;
/** Characters of one value: a long list of suites still fits. */
const MAX_VALUE_CHARACTERS = 1_000;
