/**
 * Runs the same arguments by curl and by the command line, each in a folder of its own, and compares what came of it.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { denoHost } from "../../../cli/cli.ts";
import type { CliHost } from "../../../cli/host.ts";
import { main } from "../../../cli/main.ts";
import type { Origins, SeenRequest } from "./origin.ts";

/** An invocation. */
export interface Row {
  /** The name of the test. */
  readonly name: string;
  /** The arguments; `HTTP`, `HTTPS`, `OTHER`, `CLOSED` and `BROKEN_...` stand for `HOST:PORT`, `CA` for a file. */
  readonly args: readonly string[];
  /** Files in the folder, beside the ones that the row writes. */
  readonly files?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: string;
  /** Where the two differ on purpose, with the reason; what is named is not compared. */
  readonly differs?: Partial<Record<Compared, string>>;
  /** Fields of the request that are not compared, beside those of every row. */
  readonly without?: readonly string[];
}

/** A part of an outcome that is compared. */
export type Compared = "code" | "stdout" | "files" | "seen";

/** What came of a run. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly files: Readonly<Record<string, string>>;
  readonly seen: readonly SeenRequest[];
  readonly stderr: string;
}

/** Where the rows' words lead. */
export type Places = Readonly<Record<string, string>>;

/** Runs curl. */
export async function runCurl(row: Row, places: Places, origins: Origins): Promise<Outcome> {
  return await inFolder(row, origins, async (folder) => {
    const child = new Deno.Command("curl", {
      args: ["-q", "-s", ...argumentsOf(row, places)],
      cwd: folder,
      clearEnv: true,
      env: { HOME: folder, PATH: Deno.env.get("PATH") ?? "" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(row.input ?? "")).catch(() => {}); // it reads no input
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    return { code, stdout, stderr: new TextDecoder().decode(stderr) };
  });
}

/** Runs the command line, in this process. */
export async function runOwn(row: Row, places: Places, origins: Origins): Promise<Outcome> {
  return await inFolder(row, origins, async (folder) => {
    const output: Uint8Array[] = [];
    let stderr = "";
    const host = hostIn(folder, row.input ?? "", {
      stdout: {
        isTerminal: false,
        write: (bytes) => {
          output.push(bytes.slice());
          return Promise.resolve();
        },
      },
      stderr: { isTerminal: false, color: false, columns: () => 80, write: (text) => stderr += text },
    });
    const code = await main(["-q", "-s", ...argumentsOf(row, places)], host);
    return { code, stdout: concat(output), stderr };
  });
}

/** The process, with names of files in a folder. */
function hostIn(folder: string, input: string, streams: Pick<CliHost, "stdout" | "stderr">): CliHost {
  const host = denoHost();
  const at = (path: string): string => path.startsWith("/") ? path : `${folder}/${path}`;
  return {
    ...host,
    ...streams,
    readInput: () => Promise.resolve(new TextEncoder().encode(input)),
    async *inputChunks() {
      yield await Promise.resolve(new TextEncoder().encode(input));
    },
    readSecret: () => Promise.resolve(undefined),
    readFile: (path) => host.readFile(at(path)),
    fileChunks: (path) => host.fileChunks(at(path)),
    stat: (path) => host.stat(at(path)),
    mayWrite: (path, ask) => host.mayWrite(at(path), ask),
    openFile: (path, mode) => host.openFile(at(path), mode),
    makeFolder: (path) => host.makeFolder(at(path)),
    removeFile: (path) => host.removeFile(at(path)),
    openLog: (path) => host.openLog(at(path)),
    env: (name) => Promise.resolve(name === "HOME" ? folder : undefined),
  };
}

function argumentsOf({ args }: Row, places: Places): string[] {
  const names = Object.keys(places).sort((one, other) => other.length - one.length);
  const pattern = new RegExp(`\\b(?:${names.join("|")})\\b`, "g");
  return args.map((arg) => arg.replace(pattern, (name) => places[name] ?? name));
}

async function inFolder(
  row: Row,
  origins: Origins,
  run: (folder: string) => Promise<{ code: number; stdout: Uint8Array; stderr: string }>,
): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(row.files ?? {})) {
      await Deno.mkdir(`${folder}/${name}/..`.replace(/\/[^/]*\/\.\.$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    origins.reset();
    const { code, stdout, stderr } = await run(folder);
    return {
      code,
      stderr,
      stdout: comparableText(new TextDecoder().decode(stdout)),
      files: await filesIn(folder),
      seen: origins.seen.map((request) => comparableRequest(request, row.without ?? [])),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesIn(folder: string, prefix = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(files, await filesIn(path, `${prefix}${name}/`));
    else files[prefix + name] = comparableText(await Deno.readTextFile(path));
  }
  return files;
}

/** The text without the date, the case of field names, and the comments in files of cookies. */
function comparableText(text: string): string {
  return text.replace(/^date: .*\r\n/gim, "")
    .replace(/^(?:http\/\S+ \d{3}).*(?=\r$)/gim, (line) => line.trimEnd())
    // The reason of a 1xx response is not known.
    .replace(/^(http\/\S+ 1\d\d).*(?=\r$)/gim, "$1")
    .replace(/^[A-Za-z-]+(?=: .*\r$)/gm, (name) => name.toLowerCase())
    .replace(/^# .*\n/gm, "").replace(/^\n/, "");
}

/** Fields that differ because the programs do. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["user-agent", "expect"]);

/** The request without what is each program's own: its name, and the boundary of a form. */
function comparableRequest(request: SeenRequest, without: readonly string[]): SeenRequest {
  const [, boundary = ""] = /boundary=(.*)$/.exec(request.fields["content-type"] ?? "") ?? [];
  const neutral = (text: string): string => boundary === "" ? text : text.replaceAll(boundary, "BOUNDARY");
  const isForm = boundary !== "";
  return {
    ...request,
    body: neutral(request.body),
    fields: Object.fromEntries(
      Object.entries(request.fields)
        .filter(([name]) => !OWN_FIELDS.has(name) && !without.includes(name))
        // The length of a form depends on its boundary.
        .filter(([name]) => !(isForm && name === "content-length"))
        .map(([name, value]): [string, string] => [name, neutral(value)]).sort(),
    ),
  };
}
