/**
 * The trailer fields of a response, where its client takes some.
 *
 * @module
 */

import { type Field, listMembers } from "../../http/fields.ts";
import type { StreamedContent } from "./prepared_response.ts";
import { fieldsOf, type InfoSource } from "./exchange_info.ts";

/**
 * Puts trailer fields behind content.
 *
 * @param content The content; what is at hand becomes a source, since nothing may follow content of a known length.
 * @param exchange The exchange, with the function that gives the fields.
 * @returns The content; the same where no trailers are to be sent.
 */
export function withTrailers(
  content: Uint8Array | StreamedContent,
  { trailers, received: { version, fields } }: InfoSource,
): Uint8Array | StreamedContent {
  if (trailers === undefined) return content;
  // "a TE field with a "trailers" member sent in a request indicates that the client will not discard trailer fields"
  // (RFC 9110 §10.1.4); over HTTP/2 they are never in the way.
  const isWanted = version === "HTTP/2" || (version === "HTTP/1.1" && takesTrailers(fields));
  if (!isWanted) return content;
  const give = async (): Promise<Field[]> => fieldsOf(await trailers());
  if (!(content instanceof Uint8Array)) {
    return {
      takeFirst: (maxBytes) => content.takeFirst?.(maxBytes),
      read: () => content.read(),
      cancel: (reason) => content.cancel(reason),
      trailers: give,
    };
  }
  let rest: Uint8Array | undefined = content;
  return {
    read() {
      const piece = rest;
      rest = undefined;
      return Promise.resolve(piece);
    },
    cancel() {},
    trailers: give,
  };
}

function takesTrailers(fields: readonly Field[]): boolean {
  return fields.some(([name, value]) => name === "te" && listMembers(value).includes("trailers"));
}
