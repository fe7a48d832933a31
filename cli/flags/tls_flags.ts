/**
 * The flags about TLS: trust, identity, versions, whose TLS.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { count, fileName, readPins, readTls, readTlsMax, text, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const TLS_FLAGS: readonly Flag[] = [
  {
    name: "insecure",
    short: "k",
    help: ["Take any certificate: an attacker in between can read and change everything"],
    read: turnsOn("insecure"),
    isCommon: true,
  },
  {
    name: "cacert",
    takes: "FILE",
    help: ["Trust the certificates in FILE (PEM) too, beside --roots"],
    read: text("caFile"),
    isCommon: true,
  },
  {
    name: "cert",
    short: "E",
    takes: "FILE",
    help: ["Show the certificate chain in FILE (PEM) to servers that ask"],
    read: text("certFile"),
    isCommon: true,
  },
  {
    name: "key",
    takes: "FILE",
    help: ["Its private key (PEM); by default it is looked for beside the certificate"],
    read: text("keyFile"),
    isCommon: true,
  },
  {
    name: "tls",
    takes: "WHOSE",
    help: [
      "deno: faster; ductile: can do more and show more. Both speak TLS 1.2 and 1.3.",
      "By default deno, and ductile for what deno cannot do",
    ],
    read: readTls,
    isCommon: true,
  },
  {
    name: "tlsv1.3",
    help: ["TLS 1.3 alone"],
    read: (_value, command) => command.minTls = "TLSv1.3",
  },
  ...["tlsv1.2", "tlsv1.1", "tlsv1.0", "tlsv1"].map((name): Flag => ({
    name,
    ...(name === "tlsv1" && { short: "1" }),
    help: [name === "tlsv1.2" ? "TLS 1.2 or newer, as is done by default" : "As --tlsv1.2"],
    read: (_value, command) => command.minTls = "TLSv1.2",
  })),
  {
    name: "tls-max",
    takes: "VERSION",
    help: ["No newer version than 1.2 or 1.3"],
    read: readTlsMax,
  },
  {
    name: "roots",
    takes: "WHOSE",
    help: [
      "Whom to trust. deno by default; mozilla or FILE (PEM) alone; native, the system,",
      "with Deno's. Under --tls ductile deno means mozilla, and native is alone, too",
    ],
    read: fileName("roots"),
  },
  {
    name: "list-roots",
    help: ["Print the roots of --roots instead of fetching: name, key, restrictions"],
    action: "list-roots",
  },
  {
    name: "scan",
    takes: "json",
    isOptional: true,
    help: [
      "Print what the TLS servers HOST... are: certificates, versions, suites, groups,",
      "resumption. --scan=json prints a line of JSON for each",
    ],
    read: text("scan"),
    isCommon: true,
  },
  {
    name: "expires-within",
    takes: "DAYS",
    help: ["With --scan: exit with 60 if a certificate expires within so many days; 0 by default"],
    read: count("expiresWithin"),
  },
  {
    name: "pinnedpubkey",
    takes: "PINS",
    help: ["Keys of which the server's chain must have one: sha256//BASE64, more after ;"],
    read: readPins,
  },
  {
    name: "key-log",
    takes: "FILE",
    help: [
      "Append the secrets of the connection to FILE, for Wireshark. SSLKEYLOGFILE does so,",
      "too, with --allow-env and --allow-write, where ductile does the TLS",
    ],
    read: fileName("keyLogFile"),
  },
  {
    name: "explain",
    takes: "FILE",
    isOptional: true,
    help: [
      "Explain the TLS handshake, message by message, on standard error, or in FILE: a page",
      "if its name ends with .html, else text. Ductile does the TLS. Secrets: with --key-log",
    ],
    read: (value, command) => command.explain = value,
    isCommon: true,
  },
];
