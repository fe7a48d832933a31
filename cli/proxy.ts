/**
 * The proxy of a command.
 *
 * @module
 */

import type { FetchOptions } from "./command.ts";
import { usageError } from "./error.ts";
import type { ClientOptions, ProxyServer } from "../client/options.ts";

/**
 * The client's option for the flags about proxies; `undefined` for none.
 *
 * @throws {CliError} `usage`: flags that have no meaning without `--proxy`, or beside the environment's.
 */
export async function readProxy(
  { proxy, proxyUser, noProxy }: FetchOptions,
): Promise<ClientOptions["proxy"]> {
  const flag = proxyUser !== undefined ? "--proxy-user" : noProxy !== undefined ? "--noproxy" : undefined;
  if (proxy === undefined || proxy === "") {
    if (flag !== undefined) throw usageError(`Cannot use ${flag}: there is no --proxy`);
    return undefined;
  }
  if (proxy === "env") {
    if (flag !== undefined) {
      throw usageError(
        `Cannot use ${flag} with --proxy env`,
        "Put it into the variables: https_proxy, no_proxy.",
      );
    }
    return "env";
  }
  const server = serverOf(proxy, proxyUser);
  if (noProxy === undefined) return server;
  const { NoProxy } = await import("../client/proxy/no_proxy.ts");
  const exempt = new NoProxy(noProxy);
  return ({ hostname, port, protocol }) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const effective = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
    return exempt.includes(host, effective) ? undefined : server;
  };
}

function serverOf(proxy: string, proxyUser: string | undefined): ProxyServer {
  const url = proxy.includes("://") ? proxy : `http://${proxy}`;
  if (proxyUser === undefined) return url;
  const colon = proxyUser.indexOf(":");
  return colon < 0
    ? { url, username: proxyUser }
    : { url, username: proxyUser.slice(0, colon), password: proxyUser.slice(colon + 1) };
}
