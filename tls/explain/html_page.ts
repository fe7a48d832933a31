/**
 * The explanation of connections as one HTML page: no script, no network, light and dark.
 *
 * The steps run from top to bottom, the client's messages to the left, the server's to the right, and the decisions
 * beside both. A message opens to its fields and its bytes; pointing at either highlights the other.
 *
 * @module
 */

import type { ExplainedOutcome, ExplainedStep } from "./explained_step.ts";
import { messageCard } from "./html_message.ts";
import { PAGE_STYLE } from "./html_style.ts";
import { Markup, markup } from "./markup.ts";
import { stepTitle, timeText } from "./step_titles.ts";
import { hexPairs, visible } from "./visible_text.ts";

/** The page. @param title Title of the page. */
export function htmlPage(
  connections: readonly (readonly ExplainedStep[])[],
  title = "TLS handshake",
): string {
  const shown = visible(title);
  return markup`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>${shown}</title>
        <style>${new Markup(PAGE_STYLE)}</style>
      </head>
      <body>
    <header><h1>${shown}</h1></header>
    ${connections.map((steps, i) => connectionSection(steps, connections.length > 1 ? i + 1 : undefined))}
      </body>
    </html>
  `.text;
}

function connectionSection(steps: readonly ExplainedStep[], number: number | undefined): Markup {
  const outcomes = steps.filter((step) => step.type === "outcome");
  return markup`
    <section>
    ${number === undefined ? undefined : markup`<h2>Connection ${number}</h2>`}
    ${outcomes.map(outcomeBanner)}
    <div class="lanes"><div class="lane">Client</div><div class="lane server">Server</div><div class="beside">Decisions</div></div>
    <ol>
    ${steps.map(stepItem)}
    </ol>
    </section>
  `;
}

/** The outcome, at the head of the connection. */
function outcomeBanner({ succeeded, text, code, hint, details }: ExplainedOutcome): Markup {
  return markup`
    <div class="outcome ${succeeded ? "good" : "bad"}">
    <strong>${text}</strong>${
    code === undefined ? undefined : markup`
      <code>${code}</code>
    `
  }
    ${hint === undefined ? undefined : markup`<p>${hint}</p>`}
    <dl>${
    details.map(([name, value]) =>
      markup`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>
    </div>
  `;
}

function stepItem(step: ExplainedStep): Markup {
  switch (step.type) {
    case "message":
      return markup`
        <li class="${step.sender}">${messageCard(step)}
        <div class="decisions">${
        step.decisions.map(({ about, decision, because, refuses }) =>
          markup`<div class="decision${refuses === true ? " bad" : ""}"><b>${about}</b> ${decision}${
            because === undefined ? undefined : markup`<small>${because}</small>`
          }</div>`
        )
      }</div></li>
      `;
    case "data":
      return markup`
        <li class="${step.sender}">
          <div class="data">${timed(step.at)}${afterSender(step)}</div>
        </li>
      `;
    case "keys":
      return markup`
        <li class="${step.sender}">
          <div class="event">${timed(step.at)}<b>keys</b> ${step.sender}: <code>${step.secret}</code></div>
        </li>
      `;
    case "secret":
      return markup`
        <li class="both">
          <div class="event">${timed(step.at)}<b>secret</b> <code>${step.label}</code>${
        step.secret === undefined ? undefined : markup`
            <code class="secret">${hexPairs(step.secret)}</code>
          `
      }</div>
        </li>
      `;
    case "outcome":
      return markup`
        <li class="both">
          <div class="mark ${step.succeeded ? "good" : "bad"}">${timed(step.at)}${step.text}</div>
        </li>
      `;
    case "omission":
      return markup`
        <li class="both">
          <div class="event">${stepTitle(step)}</div>
        </li>
      `;
  }
}

/** The title of a step, whose column says who sent it. */
function afterSender(step: ExplainedStep): string {
  return stepTitle(step).replace(/^client (?:->|<-) server {2}/, "");
}

function timed(at: number): Markup {
  return markup`<time>${timeText(at)}</time>`;
}
