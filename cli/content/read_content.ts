/**
 * Reads the content of a request: data, a form, or a file that is uploaded.
 *
 * @module
 */

import type { FetchCommand } from "../command.ts";
import type { CliHost } from "../host.ts";
import type { Content } from "./content.ts";
import { uploadedFile } from "./file_source.ts";
import { readForm } from "./form.ts";
import { readData } from "./data.ts";
import type { PreparedBody } from "../../client/request/body.ts";

/**
 * Reads the content that a command names; what may be large is read as it is sent.
 *
 * @throws {CliError} `usage` or `read`.
 */
export async function readContent(command: FetchCommand, host: CliHost): Promise<Content | undefined> {
  const { data, form, upload, get } = command;
  if (upload !== undefined) return await uploadedFile(upload, host);
  if (form !== undefined) return await readForm(form, host);
  if (data.length === 0 || get) return undefined;
  const [first] = data;
  const fields = first?.kind === "json"
    ? [["content-type", "application/json"], ["accept", "application/json"]] as const
    : [["content-type", "application/x-www-form-urlencoded"]] as const;
  const isNeededAgain = command.sharesContent || command.location || command.retries !== undefined;
  if (data.length === 1 && first?.kind === "data-binary" && first.text === "@-" && !isNeededAgain) {
    return { fields, length: undefined, isReplayable: false, open: () => host.inputChunks() };
  }
  const bytes = await readData(data, host);
  return { fields, length: bytes.length, isReplayable: true, open: () => bytes };
}

/** The content as a prepared request has it, for its fields and for redirects; it is sent by another way. */
export function preparedBody(content: Content): PreparedBody {
  const { length, isReplayable } = content;
  return {
    type: undefined,
    length,
    replayable: isReplayable,
    open: () => ({
      ...(length !== undefined && { length }),
      read: () => Promise.resolve(undefined),
      cancel() {},
    }),
    discard() {},
  };
}
