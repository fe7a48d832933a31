/**
 * A large body uploaded.
 *
 * @module
 */

import { clientsFor } from "../clients/all.ts";
import type { ClientKind, UploadBody } from "../clients/client.ts";
import type { Arena, Contestant, Entrant } from "../harness.ts";
import { bulk } from "../pattern.ts";
import type { Protocol } from "../servers/server.ts";
import { checkedUpload } from "./checked_upload.ts";

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
  const name = kind.name.replaceAll(/\W/g, "_");
  return {
    ...checkedUpload(server, name, length, (path) => client.upload(path, body())),
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
