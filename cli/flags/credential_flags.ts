/**
 * The flags about who sends the request: user names, tokens, cookies.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { fileName, listed, text, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const CREDENTIAL_FLAGS: readonly Flag[] = [
  {
    name: "user",
    short: "u",
    takes: "USER:PASSWORD",
    help: ["Basic credentials. Without a password it is asked for on the terminal"],
    read: text("user"),
    isCommon: true,
  },
  { name: "basic", help: ["Use Basic authentication, as is always done"], read: () => {} },
  {
    name: "oauth2-bearer",
    takes: "TOKEN",
    help: ["Send the token as a Bearer credential"],
    read: text("bearer"),
  },
  {
    name: "netrc",
    short: "n",
    help: ["Take user name and password of the host from ~/.netrc, with --allow-env=HOME"],
    read: (_value, command) => command.netrc = "required",
  },
  {
    name: "netrc-optional",
    help: ["As --netrc, but credentials in the URL count more"],
    read: (_value, command) => command.netrc ??= "optional",
  },
  {
    name: "netrc-file",
    takes: "FILE",
    help: ["As --netrc, from FILE"],
    read: (value, command, name) => {
      fileName("netrcFile")(value, command, name);
      command.netrc ??= "required";
    },
  },
  {
    name: "cookie",
    short: "b",
    takes: "COOKIES",
    help: [
      '"NAME=VALUE; NAME=VALUE" to send; without an = the name of a file of cookies, as',
      "--cookie-jar writes it. Loads npm:tough-cookie for a file. May be repeated",
    ],
    read: listed("cookies"),
    isCommon: true,
  },
  {
    name: "cookie-jar",
    short: "c",
    takes: "FILE",
    help: ["Keep the cookies that servers set, and write them to FILE at the end; - prints them"],
    read: fileName("cookieJar"),
  },
  {
    name: "junk-session-cookies",
    short: "j",
    help: ["Leave out the session cookies of the files of --cookie"],
    read: turnsOn("junkSessionCookies"),
  },
];
