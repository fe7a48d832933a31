/**
 * An upload that is checked, for any client.
 *
 * The first one goes to where the server keeps it, and the file is compared byte by byte. The counted ones go to
 * where the server takes all of it before it answers, and keeps nothing: the disk is not what is measured.
 *
 * @module
 */

import type { Entrant } from "../harness.ts";
import { BulkCheck, WrongAnswer } from "../pattern.ts";
import type { Server } from "../servers/server.ts";
import { milliseconds } from "./timing.ts";

/**
 * The rounds of one contestant; figures are millions of bytes per second.
 *
 * @param name What the server keeps the first upload as.
 * @param length How many bytes `send` sends.
 * @param send Uploads to a path and gives the answer.
 */
export function checkedUpload(
  server: Server,
  name: string,
  length: number,
  send: (path: string) => Promise<string>,
): Pick<Entrant, "warmUp" | "round"> {
  return {
    async warmUp() {
      const time = await milliseconds(() => send(`/store/${name}`));
      const check = new BulkCheck();
      using file = await Deno.open(server.storedFile(name));
      for await (const piece of file.readable) check.take(piece);
      check.end(length);
      await Deno.remove(server.storedFile(name));
      return length / time / 1000;
    },
    async round() {
      let answer = "";
      const time = await milliseconds(async () => {
        answer = await send("/sink");
      });
      // The server tells how much it read; it may count the head and the framing too.
      if (!(Number(answer) >= length)) {
        throw new WrongAnswer(`Cannot count this: the server saw "${answer}" bytes of ${length}`);
      }
      return length / time / 1000;
    },
  };
}
