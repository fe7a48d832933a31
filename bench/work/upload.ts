/**
 * A large body uploaded.
 *
 * The first upload goes to where the server keeps it, and the file is compared byte by byte. The counted ones go to
 * where the server takes all of it before it answers, and keeps nothing: the disk is not what is measured.
 *
 * @module
 */

import { clientsFor } from "../clients/all.ts";
import type { ClientKind, UploadBody } from "../clients/client.ts";
import type { Arena, Contestant, Entrant } from "../harness.ts";
import { bulk, BulkCheck, WrongAnswer } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { milliseconds } from "./timing.ts";

/** These clients, where they can upload; figures are millions of bytes per second. */
export function uploads(
  arena: Arena,
  protocol: Protocol,
  form: UploadBody["form"],
  kinds: readonly ClientKind[] = clientsFor(protocol),
): Contestant[] {
  return kinds.filter(({ uploads }) => uploads).map((kind) => ({
    name: kind.name,
    role: kind.role,
    enter: () => enter(kind, arena, protocol, form),
  }));
}

async function enter(
  kind: ClientKind,
  { server }: Arena,
  protocol: Protocol,
  form: UploadBody["form"],
): Promise<Entrant> {
  const length = server.bulkLength;
  const client = await kind.open({
    protocol,
    width: 1,
    caCert: server.caCert,
    origin: server.origin(protocol),
  });
  const whole = form === "whole" ? wholeBulk(length) : undefined;
  const body = (): UploadBody =>
    whole === undefined ? { form: "pieces", length, pieces: bulk(length) } : { form: "whole", bytes: whole };
  return {
    async warmUp() {
      const name = kind.name.replaceAll(/\W/g, "_");
      const time = await milliseconds(() => client.upload(`/store/${name}`, body()));
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
        answer = await client.upload("/sink", body());
      });
      // The server tells how much it read; it may count the head and the framing too.
      if (!(Number(answer) >= length)) {
        throw new WrongAnswer(`Cannot count this: the server saw "${answer}" bytes of ${length}`);
      }
      return length / time / 1000;
    },
    close: () => client.close(),
  };
}

function wholeBulk(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of bulk(length)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
