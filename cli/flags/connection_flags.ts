/**
 * The flags about connections: addresses, proxies, time, speed, retries.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { byteCount, count, fileName, listed, seconds, text, turnsOn } from "./flag_readers.ts";

/** The flags, in the order of the help. */
export const CONNECTION_FLAGS: readonly Flag[] = [
  {
    name: "unix-socket",
    takes: "PATH",
    help: ["Connect to this Unix socket, whatever the URL says"],
    read: fileName("unixSocket"),
  },
  {
    name: "resolve",
    takes: "HOST:PORT:ADDRS",
    help: ["The addresses of HOST at PORT, with commas; * is any host. May be repeated"],
    read: listed("resolve"),
  },
  {
    name: "connect-to",
    takes: "H1:P1:H2:P2",
    help: ["Connect to host H2, port P2 for URLs of H1, P1; empty parts are any, or the same"],
    read: listed("connectTo"),
  },
  {
    name: "ipv4",
    short: "4",
    help: ["Connect to IPv4 addresses alone"],
    read: (_value, command) => command.family = 4,
  },
  {
    name: "ipv6",
    short: "6",
    help: ["Connect to IPv6 addresses alone"],
    read: (_value, command) => command.family = 6,
  },
  {
    name: "proxy",
    short: "x",
    takes: "PROXY",
    help: [
      "Connect through PROXY: http://, https://, socks5://, socks5h:// or socks4a://HOST:PORT;",
      "http:// if it has no scheme; the port is 80, 443 or 1080 by default. env: that of",
      "https_proxy, http_proxy, all_proxy and no_proxy, with --allow-env",
    ],
    read: text("proxy"),
    isCommon: true,
  },
  {
    name: "proxy-user",
    short: "U",
    takes: "USER:PASSWORD",
    help: ["The user name and password for the proxy"],
    read: text("proxyUser"),
  },
  {
    name: "noproxy",
    takes: "HOSTS",
    help: ["Connect to these directly: names, addresses, CIDRs or *, with commas between them"],
    read: text("noProxy"),
  },
  {
    name: "socks5",
    takes: "HOST",
    help: ["As --proxy socks5://HOST: names are looked up here"],
    read: (value, command) => command.proxy = `socks5://${value}`,
  },
  {
    name: "socks5-hostname",
    takes: "HOST",
    help: ["As --proxy socks5h://HOST: names are looked up by the proxy"],
    read: (value, command) => command.proxy = `socks5h://${value}`,
  },
  {
    name: "connect-timeout",
    takes: "SECONDS",
    help: ["How long to connect, and then to shake hands: 30 each by default"],
    read: seconds("connectTimeout"),
    isCommon: true,
  },
  {
    name: "max-time",
    short: "m",
    takes: "SECONDS",
    help: ["How long each URL may take"],
    read: seconds("maxTime"),
    isCommon: true,
  },
  {
    name: "limit-rate",
    takes: "SPEED",
    help: ["Receive and send at most so many bytes a second: 500, 20K, 1M"],
    read: byteCount("limitRate"),
  },
  {
    name: "max-filesize",
    takes: "BYTES",
    help: ["Fail on a body that is longer; it is cut off where its length was not declared"],
    read: byteCount("maxFileSize"),
  },
  {
    name: "retry",
    takes: "COUNT",
    help: [
      "Try again so often after a timeout or a status of 408, 429, 500, 502, 503 or 504:",
      "after 1 second, 2, 4 ..., or what Retry-After says. Any method is repeated",
    ],
    read: count("retries"),
    isCommon: true,
  },
  {
    name: "retry-delay",
    takes: "SECONDS",
    help: ["Wait so long between tries"],
    read: seconds("retryDelay"),
  },
  {
    name: "retry-max-time",
    takes: "SECONDS",
    help: ["Begin no other try after so long"],
    read: seconds("retryMaxTime"),
  },
  { name: "retry-connrefused", help: ["Try again when nothing listens, too"], read: turnsOn("retryRefused") },
  { name: "retry-all-errors", help: ["Try again after any failure"], read: turnsOn("retryAllErrors") },
];
