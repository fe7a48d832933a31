/**
 * A program that does a piece of work for each line that it is sent, and answers with the times that it took.
 *
 * @module
 */

import { WrongAnswer } from "../pattern.ts";
import type { Times } from "../work/timing.ts";

/** A running program. */
export class NativeProcess {
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  /** Starts the program at a path with these arguments. */
  constructor(path: string, args: readonly string[]) {
    this.#child = new Deno.Command(path, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Has a piece of work done, and gives the times that the program says. Throws {@linkcode WrongAnswer} when the program says that it failed. */
  async work(line: string): Promise<Times> {
    await this.#requests.write(new TextEncoder().encode(`${line}\n`));
    let text = "";
    while (!text.endsWith("\n")) {
      const { done, value } = await this.#answers.read();
      if (done) throw new WrongAnswer(`Cannot go on: ${await this.#lastWords()}`);
      text += value;
    }
    const [wall = NaN, cpu = NaN] = text.split(" ").map((nanoseconds) => Number(nanoseconds) / 1e6);
    return { wall, cpu };
  }

  /** Ends the program. */
  async close(): Promise<void> {
    await this.#requests.close().catch(() => {}); // one that failed has no standard input any more
    await this.#answers.cancel();
    if (!this.#child.stderr.locked) await this.#child.stderr.cancel();
    await this.#child.status;
  }

  async #lastWords(): Promise<string> {
    return (await new Response(this.#child.stderr).text()).trim();
  }
}
