/**
 * The header fields of a request that a server received, which do not change.
 *
 * @module
 */

import type { Field } from "../../http/fields.ts";

/** Fields of a request. They are what the client sent, so they refuse changes, as those of `Deno.serve` do. */
export class RequestHeaders extends Headers {
  static {
    Object.defineProperty(RequestHeaders, "name", { value: "Headers" }); // what a console shows
  }

  /**
   * Takes the fields. "If there are multiple Cookie header fields after decompression, these MUST be concatenated into
   * a single octet string using the two-octet delimiter of 0x3b, 0x20 [...] before being passed into a non-HTTP/2 context"
   * (RFC 9113 §8.2.3).
   *
   * @param fields The fields, in order.
   */
  constructor(fields: readonly Field[]) {
    super();
    let cookie: string | undefined;
    for (const [name, value] of fields) {
      if (name === "cookie") cookie = cookie === undefined ? value : `${cookie}; ${value}`;
      else super.append(name, value);
    }
    if (cookie !== undefined) super.append("cookie", cookie);
  }

  /** @throws {TypeError} Always. */
  override append(): never {
    throw immutable();
  }

  /** @throws {TypeError} Always. */
  override delete(): never {
    throw immutable();
  }

  /** @throws {TypeError} Always. */
  override set(): never {
    throw immutable();
  }
}

function immutable(): TypeError {
  return new TypeError(
    "Cannot change headers: those of a received request are immutable; new Headers(request.headers) is a copy",
  );
}
