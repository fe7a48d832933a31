/**
 * Proxies of the environment: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, the lower case first.
 *
 * What cannot be read or used is an error of the request that would use it: a proxy that is set and not used is a leak.
 *
 * @module
 */

import { ClientError } from "../error/client_error.ts";
import { readVariables, type Variables } from "../runtime.ts";
import type { Target } from "../request/target.ts";
import { isLoopback, NoProxy } from "./no_proxy.ts";

/** The proxy of a target, and the variable that has it. */
export interface EnvironmentProxy {
  /** The URL, with a scheme; not checked. */
  readonly url: string;
  /** The name of the variable. */
  readonly variable: string;
}

/** The variables, read once. */
export class ProxyEnvironment {
  readonly #values: ReadonlyMap<string, string>;
  readonly #missing: readonly string[];
  readonly #noProxy: NoProxy;

  /** Reads the variables, without a prompt; `variables` stands for them. */
  constructor({ values, missing }: Variables = readVariables(VARIABLES)) {
    this.#values = values;
    this.#missing = missing;
    this.#noProxy = new NoProxy(this.#first("no_proxy", "NO_PROXY")?.value ?? "");
  }

  /**
   * The proxy of a target; `undefined` where there is none.
   *
   * @throws {ClientError} `permission_denied`: a variable may not be read.
   */
  proxyOf(
    { scheme, hostname, port }: Pick<Target, "scheme" | "hostname" | "port">,
  ): EnvironmentProxy | undefined {
    if (this.#missing.length > 0) {
      throw new ClientError(
        "permission_denied",
        "Cannot read the proxies of the environment: the runtime does not allow it",
        {
          hint: `Run with --allow-env=${this.#missing.join()}.`,
        },
      );
    }
    // A CGI program has the field "Proxy" of its client in HTTP_PROXY, and REQUEST_METHOD beside it.
    const upper = scheme === "https"
      ? ["HTTPS_PROXY"]
      : this.#values.has("REQUEST_METHOD")
      ? []
      : ["HTTP_PROXY"];
    const found = this.#first(`${scheme}_proxy`, ...upper, "all_proxy", "ALL_PROXY");
    if (found === undefined || isLoopback(hostname) || this.#noProxy.includes(hostname, port)) {
      return undefined;
    }
    const { value, variable } = found;
    return { url: value.includes("://") ? value : `http://${value}`, variable };
  }

  /** The first of the variables that is not empty. */
  #first(...names: readonly string[]): { readonly value: string; readonly variable: string } | undefined {
    for (const variable of names) {
      const value = this.#values.get(variable)?.trim();
      if (value) return { value, variable };
    }
    return undefined;
  }
}

const VARIABLES: readonly string[] = [
  "http_proxy",
  "HTTP_PROXY",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
  "REQUEST_METHOD",
];
