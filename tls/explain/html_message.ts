/**
 * A message on the page: its fields as a table, its bytes as a dump in which each field has a colour.
 *
 * @module
 */

import type { ExplainedField, ExplainedInner, ExplainedMessage } from "./explained_step.ts";
import { LINKED_FIELDS } from "./html_style.ts";
import { type Markup, markup } from "./markup.ts";
import { recordsText, timeText } from "./step_titles.ts";
import { lengthText } from "./visible_text.ts";

/** A message that opens; one that is at fault is open. */
export function messageCard(message: ExplainedMessage): Markup {
  const { name, bytes, fields, problem, decisions, encrypted } = message;
  const isAtFault = problem !== undefined || decisions.some(({ refuses }) => refuses === true);
  return markup`
    <details class="message${encrypted ? " encrypted" : ""}${isAtFault ? " fault" : ""}"${
    isAtFault ? markup` open` : undefined
  }>
    <summary><time>${timeText(message.at)}</time><b>${name}</b> <span>${
    lengthText(
      bytes.length,
    )
  } in ${recordsText(message.records)}</span> <em>${encrypted ? "encrypted" : "in the clear"}</em>${
    gist(
      fields,
    )
  }</summary>
    ${problem === undefined ? undefined : markup`<p class="problem">${problem}</p>`}
    ${content(fields, bytes)}
    ${innerContent(message.inner)}
    </details>
  `;
}

/** Fields and bytes, which highlight each other. */
function content(fields: readonly ExplainedField[], bytes: Uint8Array): Markup {
  const leaves = leavesOf(fields);
  const places = new Map(leaves.map((leaf, i) => [leaf, i]));
  return markup`<div class="linked"><table>${fields.map((field) => fieldRows(field, 0, places))}</table>
    ${hexDump(bytes, leaves)}</div>`;
}

function innerContent(inner: ExplainedInner | undefined): Markup | undefined {
  if (inner === undefined) return undefined;
  const { name, bytes, fields, problem } = inner;
  return markup`<p class="inner"><b>${name}</b> ${lengthText(bytes.length)} inside</p>
    ${problem === undefined ? undefined : markup`<p class="problem">${problem}</p>`}
    ${content(fields, bytes)}`;
}

/** The fields that have bytes of their own, in the order of the bytes. */
function leavesOf(fields: readonly ExplainedField[]): readonly ExplainedField[] {
  return fields.flatMap((field) => {
    if (field.fields.length === 0) return field.end > field.start ? [field] : [];
    return leavesOf(field.fields);
  });
}

/** The fields in a few words, for a message that is not opened. */
function gist(fields: readonly ExplainedField[]): Markup | undefined {
  const told = fields.filter(({ name }) => !UNTOLD.has(name)).flatMap((field) =>
    field.name === "extensions" ? field.fields.map(extensionGist) : [[field.name, valueGist(field)] as const]
  );
  if (told.length === 0) return undefined;
  return markup`<p>${
    told.map(([name, value], i) => markup`${i > 0 ? " · " : undefined}<b>${name}</b> ${shortened(value)}`)
  }</p>`;
}

function extensionGist({ value, fields }: ExplainedField): readonly [name: string, value: string] {
  return [value.replace(/ \(\d+\)$/, ""), fields[1]?.value ?? ""];
}

function valueGist({ value, fields }: ExplainedField): string {
  return fields[0]?.value ?? value;
}

function shortened(value: string): string {
  return value.length > MAX_GIST_CHARACTERS ? `${value.slice(0, MAX_GIST_CHARACTERS)}...` : value;
}

/** Fields that say little, or are in the head of the message. */
const UNTOLD: ReadonlySet<string> = new Set([
  "msg_type",
  "legacy_version", // the version is in supported_versions, or in a decision
  "length",
  "random",
  "legacy_session_id",
  "legacy_session_id_echo",
  "legacy_compression_methods",
  "legacy_compression_method",
  "certificate_request_context",
]);
/** Characters of one value in the few words about a message. */
const MAX_GIST_CHARACTERS = 100;

function fieldRows(
  field: ExplainedField,
  depth: number,
  places: ReadonlyMap<ExplainedField, number>,
): Markup {
  const { name, problem, fields } = field;
  const value = fields.some((each) => each.value === field.value) ? "" : field.value;
  return markup`
    <tr class="${fields.length === 0 ? linkOf(places, field) : "whole"}">
      <th style="--depth:${depth}">${name === "" ? field.value : name}</th>
      <td>${name === "" ? undefined : value}${
    problem === undefined ? undefined : markup`
        <span class="problem">${problem}</span>
      `
  }</td>
    </tr>
    ${fields.map((each) => fieldRows(each, depth + 1, places))}
  `;
}

/** The class that a field's row shares with its bytes. */
function linkOf(places: ReadonlyMap<ExplainedField, number>, leaf: ExplainedField): string {
  return linkClass(places.get(leaf) ?? -1);
}

function linkClass(index: number): string {
  return index < 0 ? "" : `f f${index % LINKED_FIELDS}`;
}

function hexDump(bytes: Uint8Array, leaves: readonly ExplainedField[]): Markup {
  const shown = Math.min(bytes.length, MAX_DUMPED_BYTES);
  const rows: Markup[] = [];
  let next = 0;
  for (let row = 0; row < shown; row += ROW_BYTES) {
    const end = Math.min(row + ROW_BYTES, shown);
    const hex: Markup[] = [];
    const text: Markup[] = [];
    for (let at = row; at < end;) {
      while ((leaves[next]?.end ?? Infinity) <= at) next++;
      const leaf = leaves[next];
      const isInside = leaf !== undefined && leaf.start <= at;
      const until = Math.min(end, leaf === undefined ? end : isInside ? leaf.end : leaf.start);
      const link = isInside ? linkClass(next) : "";
      hex.push(markup`<span class="${link}">${hexOf(bytes.subarray(at, until))}</span>`);
      text.push(markup`<span class="${link}">${asciiOf(bytes.subarray(at, until))}</span>`);
      at = until;
    }
    const padding = "   ".repeat(row + ROW_BYTES - end);
    rows.push(markup`<i>${row.toString(16).padStart(4, "0")}</i>  ${hex}${padding} ${text}\n`);
  }
  const more = bytes.length - shown;
  return markup`<pre>${rows}${more > 0 ? markup`<i>and ${lengthText(more)} more</i>` : undefined}</pre>`;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `${byte.toString(16).padStart(2, "0")} `).join("");
}

function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·").join("");
}

const ROW_BYTES = 16;
/** Bytes of one message that the page shows: a hello in full, and the greater part of a chain. */
const MAX_DUMPED_BYTES = 4_096;
