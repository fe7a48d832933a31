/**
 * `deno task bench`: asks the questions and prints how the contestants did.
 *
 * Standard output has the result, text or JSON; standard error the progress. The exit code is 1 when a contestant
 * failed, and not when one was absent; 2 when the arguments were wrong.
 *
 * @module
 */

import { type Arguments, choose, parseArguments, USAGE } from "./arguments.ts";
import { type Answer, ask, type Question } from "./harness.ts";
import { machineFacts } from "./machine.ts";
import { QUESTIONS } from "./questions/all.ts";
import { answerBlock, machineLine, type Run } from "./report.ts";
import type { Server } from "./servers/server.ts";
import { startServer } from "./servers/start_server.ts";

const MIB = 2 ** 20;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  let asked: Arguments;
  let questions: readonly Question[];
  try {
    asked = parseArguments(args);
    questions = choose(QUESTIONS, asked.names);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    print(Deno.stderr, `${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help) {
    print(Deno.stdout, USAGE);
    return 0;
  }
  if (asked.list) {
    for (const { name, title } of questions) print(Deno.stdout, `${name.padEnd(22)} ${title}\n`);
    return 0;
  }
  const run = await measure(questions, asked);
  if (asked.json) print(Deno.stdout, JSON.stringify(run, undefined, 2) + "\n");
  return run.answers.some(({ results }) => results.some(({ outcome }) => outcome === "failed")) ? 1 : 0;
}

async function measure(
  questions: readonly Question[],
  { json, quick, rounds, program }: Arguments,
): Promise<Run> {
  await using server = await startServer({
    ...(program !== undefined && { program }),
    bulkLength: quick ? MIB : 100 * MIB,
    zerosLength: quick ? 16 * MIB : 1024 * MIB,
  });
  const end = endOnSignal(server);
  const run = {
    version: 1,
    date: new Date().toISOString(),
    quick,
    machine: await machineFacts(),
    server: server.name,
  } as const;
  if (!json) print(Deno.stdout, `${machineLine(run)}\n\n`);
  const answers: Answer[] = [];
  for (const [i, question] of questions.entries()) {
    print(Deno.stderr, `[${i + 1}/${questions.length}] ${question.name}\n`);
    const answer = await ask(question, { server, quick }, rounds);
    answers.push(answer);
    if (!json) print(Deno.stdout, `${answerBlock(answer)}\n`);
  }
  end();
  return { ...run, answers };
}

/** An interrupted run leaves no server behind, and no folder. */
function endOnSignal(server: Server): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const end = () => {
    try {
      server.abandon(); // a terminal's interrupt may have ended the server already
    } finally {
      Deno.exit(130);
    }
  };
  for (const signal of signals) Deno.addSignalListener(signal, end);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, end);
  };
}

function print(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
