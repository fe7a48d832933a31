/**
 * The variables of `--write-out`. Names, units and digits are curl's; a fact that is not known is empty or 0, as it is
 * there.
 *
 * @module
 */

import type { FetchCommand } from "../command.ts";
import { ExitCode } from "../error.ts";
import type { TransferReport } from "../report.ts";
import { decodedField, printableJson } from "../text.ts";
import { VERSION } from "../../client/version.ts";

/** A transfer that has ended. */
export interface Transferred {
  /** The command. */
  readonly command: FetchCommand;
  /** The facts. */
  readonly report: TransferReport;
  /** The time at which it ended, in milliseconds. */
  readonly end: number;
  /** The exit code. */
  readonly exitCode: ExitCode;
  /** The message of its failure; absent for none. */
  readonly error?: string;
}

type Variable = (transferred: Transferred) => string | number | null;

/** Seconds with six digits, as curl prints them. */
function seconds(milliseconds: number): string {
  return (Math.max(0, milliseconds) / 1_000).toFixed(6);
}

/** Milliseconds from the start to the last request; the redirects before it are in there. */
function toLastRequest({ report }: Transferred): number {
  return report.requestStart - report.start;
}

/** Milliseconds from the start until the last connection was ready for a request. */
function toReady(transferred: Transferred): number {
  return toLastRequest(transferred) + (transferred.report.connection?.timings.waiting ?? 0);
}

const timeTotal: Variable = ({ report, end }) => seconds(end - report.start);

const timeConnect: Variable = (transferred) => {
  const { connection } = transferred.report;
  if (connection === undefined || connection.reused) return seconds(0);
  return seconds(toLastRequest(transferred) + (connection.timings.connect ?? connection.timings.waiting));
};

const timeAppConnect: Variable = (transferred) => {
  const { connection } = transferred.report;
  return seconds(connection?.tls === undefined || connection.reused ? 0 : toReady(transferred));
};

const timePretransfer: Variable = (transferred) =>
  seconds(transferred.report.connection === undefined ? 0 : toReady(transferred));

const timeStartTransfer: Variable = (transferred) => {
  const { connection } = transferred.report;
  return seconds(connection === undefined ? 0 : toReady(transferred) + connection.timings.headers);
};

const timeRedirect: Variable = (transferred) =>
  seconds(transferred.report.redirects === 0 ? 0 : toLastRequest(transferred));

function speed(bytes: number, { report, end }: Transferred): number {
  const elapsed = end - report.start;
  return elapsed > 0 ? Math.round(bytes / elapsed * 1_000) : 0;
}

const status: Variable = ({ report }) => String(report.status).padStart(3, "0");

/** What is in `%{json}`: numbers are numbers there, where curl has them so. */
const FACTS: Readonly<Record<string, Variable>> = {
  content_type: ({ report }) => decodedField(report.headers?.get("content-type") ?? "") || null,
  errormsg: ({ error }) => error ?? null,
  exitcode: ({ exitCode }) => exitCode,
  filename_effective: ({ report }) => report.fileName ?? null,
  http_code: status,
  http_connect: ({ report }) => {
    const isTunnel = report.request?.target.scheme === "https" &&
      report.connection?.proxies?.at(-1)?.startsWith("http");
    return isTunnel ? "200" : "000";
  },
  http_version: ({ report }) => report.httpVersion?.replace("HTTP/", "") ?? "0",
  local_ip: ({ report }) => report.connection?.localAddress?.hostname ?? "",
  local_port: ({ report }) => report.connection?.localAddress?.port ?? 0,
  method: ({ report, command }) => report.request?.method ?? command.method ?? "GET",
  num_connects: ({ report }) => report.connects,
  num_headers: ({ report }) => [...report.headers ?? []].length,
  num_redirects: ({ report }) => report.redirects,
  num_retries: ({ report }) => report.retries,
  redirect_url: ({ report }) => report.redirectUrl === "" ? null : report.redirectUrl,
  referer: ({ report }) => report.request?.fields.find(([name]) => name === "referer")?.[1] ?? null,
  remote_ip: ({ report }) => report.connection?.remoteAddress?.hostname ?? "",
  remote_port: ({ report }) => report.connection?.remoteAddress?.port ?? 0,
  response_code: status,
  scheme: ({ report }) =>
    report.connection === undefined ? null : report.request?.target.scheme.toUpperCase() ?? null,
  size_download: ({ report }) => report.downloaded,
  size_header: ({ report }) => report.headBytes,
  size_request: ({ report }) => report.requestBytes,
  size_upload: ({ report }) => report.uploaded,
  speed_download: (transferred) => speed(transferred.report.downloaded, transferred),
  speed_upload: (transferred) => speed(transferred.report.uploaded, transferred),
  // A certificate is verified, or the connection is not made; with --insecure nothing is known of it.
  ssl_verify_result: ({ exitCode }) => exitCode === ExitCode.certificate || exitCode === ExitCode.pin ? 1 : 0,
  time_appconnect: timeAppConnect,
  time_connect: timeConnect,
  // The runtime looks names up and connects in one step, whose time is that of time_connect.
  time_namelookup: () => seconds(0),
  time_pretransfer: timePretransfer,
  time_redirect: timeRedirect,
  time_starttransfer: timeStartTransfer,
  time_total: timeTotal,
  url: ({ command }) => command.url,
  url_effective: ({ report, command }) => report.request?.target.href ?? command.url,
  urlnum: ({ command }) => command.index,
};

/** The facts as JSON, in curl's order, which is that of the names. */
function json(transferred: Transferred): string {
  const entries = Object.entries(FACTS).map(([name, variable]): [string, string | number | null] => {
    const value = variable(transferred);
    const isNumber = typeof value === "string" &&
      (name.startsWith("time_") || ["http_code", "response_code", "http_connect"].includes(name));
    return [name, isNumber ? Number(value) : value];
  });
  return printableJson(Object.fromEntries([...entries, ["curl_version", `ductile/${VERSION}`]]));
}

/** The fields of the last response: an object of lists of values. */
function headerJson({ report }: Transferred): string {
  const names = new Map<string, string[]>();
  for (const [name, value] of report.headers ?? []) {
    names.set(name, [...names.get(name) ?? [], decodedField(value)]);
  }
  const lines = [...names].map(([name, values]) => `${printableJson(name)}:${printableJson(values)}`);
  return `{${lines.join(",\n")}\n}`;
}

/** The variables by name. */
export const VARIABLES: ReadonlyMap<string, Variable> = new Map([
  ...Object.entries(FACTS),
  ["json", json],
  ["header_json", headerJson],
]);
