/**
 * The flags about the head of the request: method, fields, target, redirects.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { count, headerField, listed, text, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const REQUEST_FLAGS: readonly Flag[] = [
  {
    name: "request",
    short: "X",
    takes: "METHOD",
    help: ["The method: GET by default, POST with data, PUT with --upload-file"],
    read: text("method"),
    isCommon: true,
  },
  {
    name: "header",
    short: "H",
    takes: "FIELD",
    help: ['A field, "Name: value"; "Name;" for an empty value. @FILE has one a line.', "May be repeated"],
    read: headerField(),
    isCommon: true,
  },
  {
    name: "url",
    takes: "URL",
    help: ["A URL to fetch, as an argument that is no flag; may be repeated"],
    read: (value, command) => command.urls.push(value),
  },
  {
    name: "url-query",
    takes: "DATA",
    help: ["Add DATA to the query, encoded as by --data-urlencode; with + before it, as it is"],
    read: listed("urlQuery"),
  },
  {
    name: "globoff",
    short: "g",
    help: ["Take { } [ ] in URLs as they are; else {a,b} and [1-3] stand for several URLs"],
    read: turnsOn("globOff"),
  },
  {
    name: "head",
    short: "I",
    help: ["Ask for the head alone (HEAD), and print it to standard output"],
    read: turnsOn("head", "include"),
    isCommon: true,
  },
  {
    name: "user-agent",
    short: "A",
    takes: "NAME",
    help: ["What to call this client"],
    read: headerField("user-agent"),
    isCommon: true,
  },
  {
    name: "referer",
    short: "e",
    takes: "URL",
    help: ["The page that led here; with ;auto behind it, redirects name the page before"],
    read: (value, command) => {
      const url = value.replace(/;auto$/, "");
      if (url !== value) command.autoReferer = true;
      if (url !== "") command.headers.push(`referer: ${url}`);
    },
  },
  {
    name: "range",
    short: "r",
    takes: "RANGE",
    help: ["Ask for these bytes: 0-99, 100-, -50 (the last 50), or several with commas"],
    read: text("range"),
  },
  {
    name: "compressed",
    help: [
      "Ask for gzip, br, deflate or zstd and decode it. Without it nothing is asked for,",
      "and the body is printed as it comes",
    ],
    read: turnsOn("compressed"),
    isCommon: true,
  },
  {
    name: "location",
    short: "L",
    help: ["Follow redirects; without it they are printed like any response"],
    read: turnsOn("location"),
    isCommon: true,
  },
  {
    name: "max-redirs",
    takes: "COUNT",
    help: ["How many to follow: 50 by default, -1 for any number"],
    read: count("maxRedirects"),
  },
  {
    name: "http1.1",
    help: ["Offer HTTP/1.1 alone"],
    read: (_value, command) => command.version = "http1.1",
  },
  {
    name: "http2",
    help: ["Offer HTTP/2, then HTTP/1.1, as is done by default. For https: only"],
    read: (_value, command) => command.version = "http2",
  },
  {
    name: "http2-prior-knowledge",
    help: ["Speak HTTP/2 without asking"],
    read: (_value, command) => command.version = "http2-prior-knowledge",
  },
];
