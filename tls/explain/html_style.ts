/**
 * The style of the page.
 *
 * @module
 */

/** Fields of one message that have a highlight of their own; further ones share them. */
export const LINKED_FIELDS = 48;

/** Hues that differ from field to field: a turn by the golden angle never comes back to the same place. */
function hueOf(index: number): number {
  return Math.round(index * 137.5 + 200) % 360;
}

/** Colours of the fields, and the link between a row and its bytes. */
function fieldRules(): string {
  return Array.from({ length: LINKED_FIELDS }, (_, i) =>
    `.f${i}{--hue:${hueOf(i)}}` +
    `.linked:has(.f${i}:hover) .f${i}{background:hsl(var(--hue) 90% var(--strong));color:var(--ink)}`).join(
      "\n",
    );
}

const BASE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #fff; --ink: #1c1b22; --soft: #66636f; --line: #dcd9d2;
  --client: #1f6f8b; --server: #8a4b9c; --good: #1d7a45; --bad: #b3261e;
  --good-paper: #e7f5ec; --bad-paper: #fcebe9; --tint: 92%; --strong: 72%;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16161a; --card: #1f1f25; --ink: #eceaf0; --soft: #a19eab; --line: #37353f;
    --client: #6cc0dd; --server: #cf9be0; --good: #6fd39b; --bad: #ff8f86;
    --good-paper: #17301f; --bad-paper: #3a1a18; --tint: 20%; --strong: 38%;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1500px; padding: 1.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif;
}
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 1rem; }
code, pre, td, th { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .82rem; }
.outcome { border-left: 5px solid; border-radius: 6px; padding: .8rem 1rem; margin: 0 0 1.2rem; overflow-wrap: anywhere; }
.outcome.good { border-color: var(--good); background: var(--good-paper); }
.outcome.bad { border-color: var(--bad); background: var(--bad-paper); }
.outcome strong { font-size: 1.05rem; }
.outcome p { margin: .4rem 0 0; }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .6rem 0 0; }
dt { color: var(--soft); font-size: .78rem; }
dd { margin: 0; }
.lanes, li { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) minmax(15rem, 24rem); gap: 0 1.5rem; }
.lanes {
  position: sticky; top: 0; z-index: 1; padding: .5rem 0; margin-bottom: .5rem; font-weight: 650;
  background: var(--paper); border-bottom: 1px solid var(--line);
}
.lane { color: var(--client); } .lane.server { color: var(--server); text-align: right; } .beside { color: var(--soft); }
ol { list-style: none; margin: 0; padding: 0; }
li { margin: .45rem 0; align-items: start; }
.message, .data, .event, .mark { grid-column: 1 / 3; }
.message, .data { background: var(--card); border: 1px solid var(--line); border-radius: 6px; width: 78%; }
.client > .message, .client > .data { border-left: 5px solid var(--client); }
.server > .message, .server > .data { border-right: 5px solid var(--server); justify-self: end; }
.message[open] { width: 100%; }
.message.fault { border-color: var(--bad); }
summary { padding: .5rem .75rem; cursor: pointer; overflow-wrap: anywhere; }
summary span { color: var(--soft); font-size: .85rem; }
.client > .message summary > b::after { content: " \\2192"; color: var(--client); font-weight: 700; }
.server > .message summary > b::after { content: " \\2190"; color: var(--server); font-weight: 700; }
.encrypted summary em { color: var(--good); }
summary em { font-style: normal; font-size: .78rem; color: var(--soft); border: 1px solid; border-radius: 99px; padding: 0 .5em; }
summary p { margin: .25rem 0 0 1rem; color: var(--soft); font-size: .82rem; }
summary p b { font-weight: 500; color: var(--ink); }
.message[open] summary p { display: none; }
time { float: right; color: var(--soft); font-size: .78rem; margin-left: 1rem; font-variant-numeric: tabular-nums; }
.data { padding: .4rem .75rem; color: var(--soft); }
.event { color: var(--soft); font-size: .85rem; padding: 0 .75rem; border-left: 2px dotted var(--line); overflow-wrap: anywhere; }
.server > .event { border-left: 0; border-right: 2px dotted var(--line); text-align: right; }
.server > .event time { float: left; margin: 0 1rem 0 0; }
.event b { font-weight: 600; text-transform: uppercase; font-size: .7rem; letter-spacing: .06em; }
.secret { color: var(--bad); }
.mark { padding: .5rem .75rem; border-radius: 6px; font-weight: 600; overflow-wrap: anywhere; }
.mark.good { background: var(--good-paper); color: var(--good); }
.mark.bad { background: var(--bad-paper); color: var(--bad); }
.decisions { grid-column: 3; }
.decision { padding: .1rem 0 .45rem .7rem; border-left: 2px solid var(--line); font-size: .9rem; overflow-wrap: anywhere; }
.decision b { color: var(--soft); font-weight: 600; font-size: .78rem; display: block; }
.decision small { display: block; color: var(--soft); }
.decision.bad { border-color: var(--bad); }
.inner { margin: .6rem .75rem 0; }
.problem { color: var(--bad); margin: .2rem .75rem; }
table { border-collapse: collapse; width: calc(100% - 1.5rem); margin: .2rem .75rem; }
th { text-align: left; font-weight: 500; vertical-align: top; padding: .12rem .8rem .12rem calc(var(--depth) * 1.1rem + .5rem); white-space: nowrap; }
td { padding: .12rem .3rem; overflow-wrap: anywhere; color: var(--soft); width: 100%; }
tr.f th { border-left: 5px solid hsl(var(--hue) 60% 55%); }
tr.whole th { font-weight: 650; border-left: 5px solid transparent; }
pre { margin: .6rem .75rem .8rem; padding: .6rem .75rem; overflow-x: auto; background: var(--paper); border-radius: 4px; line-height: 1.5; }
pre span.f { background: hsl(var(--hue) 70% var(--tint)); }
pre i { color: var(--soft); font-style: normal; }
@media (max-width: 60rem) {
  .lanes, li { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .beside { display: none; }
  .decisions { grid-column: 1 / 3; margin-top: .3rem; }
  .message, .data { width: 96%; }
}
@media print { .lanes { position: static; } .message { break-inside: avoid; } }
`;

/** The whole style sheet: a constant, with nothing of a peer in it. */
export const PAGE_STYLE: string = `${BASE}${fieldRules()}\n`;
