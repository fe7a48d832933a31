/**
 * The transfers of an operation: each URL with its output and its upload.
 *
 * @module
 */

import type { FetchCommand, Operation, OutputName } from "./command.ts";
import { globbedName, type GlobbedUrl, globUrl } from "./url_glob.ts";

/**
 * The transfers in order: the first URL has the first output and the first upload, and so on; all URLs of a pattern have
 * the same.
 *
 * @param operation The operation.
 * @param first The position of its first URL among those of the command.
 * @throws {CliError} `malformed_url`: a pattern makes no sense, when its turn comes.
 */
export function* transfersOf(operation: Operation, first: number): Generator<FetchCommand> {
  const { urls, outputs, uploads, ...options } = operation;
  let index = first;
  for (const [i, given] of urls.entries()) {
    const output = outputs[i] ?? (operation.remoteNameAll ? { remote: true } : undefined);
    const upload = uploads[i];
    for (const { url, parts } of operation.globOff ? [{ url: given, parts: [] }] : globUrl(given)) {
      yield {
        ...options,
        url,
        index: index++,
        ...outputOf(output, { url, parts }),
        ...(upload !== undefined && { upload }),
        ...((urls.length > 1 || url !== given) && { sharesContent: true }),
      };
    }
  }
}

function outputOf(
  output: OutputName | undefined,
  { parts }: GlobbedUrl,
): Pick<FetchCommand, "output" | "remoteName"> {
  if (output === undefined) return {};
  return "path" in output ? { output: globbedName(output.path, parts) } : { remoteName: true };
}
