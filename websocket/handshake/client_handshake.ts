/**
 * The opening handshake of a client (RFC 6455 §4.1), as fields of a request and checks of a response's head; over HTTP/2
 * the extended CONNECT of RFC 8441.
 *
 * @module
 */

import { type Field, isToken, listMembers } from "../../http/fields.ts";
import { WebSocketError } from "../error.ts";
import { acceptFor, newKey } from "./accept_key.ts";
import { fieldValue, parseExtensions } from "./extensions.ts";
import { deflateOptions, type NegotiatedWebSocket, type WebSocketHandshakeOptions } from "./negotiated.ts";
import { checkDeflateAnswer, NAME, type NegotiatedDeflate, offerDeflate } from "./permessage_deflate.ts";

/** The head of the response to a handshake. */
export interface WebSocketResponseHead {
  /** The status. */
  readonly status: number;
  /** The version of HTTP. */
  readonly version: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  /** The fields. */
  readonly fields: readonly Field[];
}

/**
 * One opening handshake of a client: the fields of its request, and the check of the response.
 *
 * @example
 * ```ts
 * import { acceptWebSocket, WebSocketHandshake } from "@ductile/ductile/websocket";
 * import { assertEquals } from "@std/assert";
 *
 * const handshake = new WebSocketHandshake({ protocols: ["chat"] });
 * const upgrade = [["connection", "Upgrade"], ["upgrade", "websocket"]] as const;
 * const request = { method: "GET", version: "HTTP/1.1", fields: [...upgrade, ...handshake.fields] } as const;
 * const { fields } = await acceptWebSocket(request, { protocols: ["chat"] });
 * const { protocol } = await handshake.check({ status: 101, version: "HTTP/1.1", fields });
 * assertEquals(protocol, "chat");
 * ```
 */
export class WebSocketHandshake {
  /** The fields of the request beside Host, Connection and Upgrade. HTTP/2 does not use Sec-WebSocket-Key. */
  readonly fields: readonly Field[];
  readonly #options: WebSocketHandshakeOptions;
  readonly #key: string;

  /**
   * Begins a handshake, with a fresh key.
   *
   * @throws {DOMException} `SyntaxError` for a subprotocol that is no token, or comes twice.
   * @throws {TypeError} If the subprotocols are no list.
   */
  constructor(options: WebSocketHandshakeOptions = {}) {
    const { protocols = [] } = options;
    requireProtocols(protocols);
    this.#options = options;
    this.#key = newKey();
    const deflate = deflateOptions(options);
    this.fields = [
      ["sec-websocket-version", VERSION],
      ["sec-websocket-key", this.#key],
      ...protocols.length === 0 ? [] : [["sec-websocket-protocol", protocols.join(", ")] as const],
      ...deflate === undefined ? [] : [["sec-websocket-extensions", offerDeflate(deflate)] as const],
    ];
  }

  /**
   * Checks the response.
   *
   * @returns What was negotiated: the connection is a WebSocket from the first byte behind the head.
   * @throws {WebSocketError} (as a rejection) `refused` when the status is another than that of an upgrade, else
   * `bad_handshake`.
   */
  async check(head: WebSocketResponseHead): Promise<NegotiatedWebSocket> {
    const { status, version, fields } = head;
    if (version === "HTTP/2" ? status < 200 || status > 299 : status !== 101) {
      throw new WebSocketError("refused", `Cannot open the WebSocket: the server answered ${status}`);
    }
    if (version !== "HTTP/2") await this.#checkUpgrade(head);
    return {
      protocol: this.#checkProtocol(fields),
      ...this.#checkExtensions(fields),
    };
  }

  async #checkUpgrade({ version, fields }: WebSocketResponseHead): Promise<void> {
    if (version === "HTTP/1.0") throw bad("the server answered in HTTP/1.0");
    // "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not an
    // ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_."
    // (RFC 6455 §4.1)
    if (fieldValue(fields, "upgrade")?.toLowerCase() !== "websocket") {
      throw bad("the server did not upgrade to it");
    }
    // "If the response lacks a |Connection| header field or the |Connection| header field doesn't contain a token that is
    // an ASCII case-insensitive match for the value "Upgrade", the client MUST _Fail the WebSocket Connection_."
    // (RFC 6455 §4.1)
    if (!listMembers(fieldValue(fields, "connection") ?? "").includes("upgrade")) {
      throw bad('the response has no "Connection: Upgrade"');
    }
    if (fieldValue(fields, "sec-websocket-accept") !== await acceptFor(this.#key)) {
      throw bad("Sec-WebSocket-Accept is none to the key of this request");
    }
  }

  #checkProtocol(fields: readonly Field[]): string {
    const { protocols = [] } = this.#options;
    const chosen = fieldValue(fields, "sec-websocket-protocol");
    // "If the response includes a |Sec-WebSocket-Protocol| header field and this header field indicates the use of a
    // subprotocol that was not present in the client's handshake (the server has indicated a subprotocol not requested by
    // the client), the client MUST _Fail the WebSocket Connection_." (RFC 6455 §4.1)
    if (chosen !== undefined && !protocols.includes(chosen)) {
      throw bad("the server chose a subprotocol that was not asked for");
    }
    // RFC 6455 leaves it open; the WHATWG's WebSockets Standard has this fail.
    if (chosen === undefined && protocols.length > 0) throw bad("the server chose no subprotocol");
    return chosen ?? "";
  }

  #checkExtensions(fields: readonly Field[]): Omit<NegotiatedWebSocket, "protocol"> {
    const extensions = fieldValue(fields, "sec-websocket-extensions") ?? "";
    const options = deflateOptions(this.#options);
    let deflate: NegotiatedDeflate | undefined;
    const parsed = parseExtensions(extensions);
    if (parsed === undefined) throw bad("Sec-WebSocket-Extensions is malformed");
    for (const extension of parsed) {
      // "If the response includes a |Sec-WebSocket-Extensions| header field and this header field indicates the use of an
      // extension that was not present in the client's handshake (the server has indicated an extension not requested by
      // the client), the client MUST _Fail the WebSocket Connection_." (RFC 6455 §4.1)
      if (extension.name !== NAME || options === undefined) {
        throw bad("the server chose an extension that was not offered");
      }
      if (deflate !== undefined) throw bad("the server chose permessage-deflate twice");
      const answer = checkDeflateAnswer(extension, options);
      if (typeof answer === "string") throw bad(answer);
      deflate = answer;
    }
    return { extensions, deflate };
  }
}

/** Refuses subprotocols that are no tokens, or come twice. */
export function requireProtocols(protocols: readonly string[]): void {
  if (!Array.isArray(protocols)) {
    throw new TypeError('Cannot open the WebSocket: "protocols" must be a list, as in ["chat"]');
  }
  for (const [i, protocol] of protocols.entries()) {
    const reason = !isToken(protocol)
      ? "is no token"
      : protocols.indexOf(protocol) < i
      ? "comes twice"
      : undefined;
    if (reason === undefined) continue;
    throw new DOMException(
      `Cannot open the WebSocket: the subprotocol ${JSON.stringify(protocol)} ${reason}`,
      "SyntaxError",
    );
  }
}

function bad(reason: string): WebSocketError {
  return new WebSocketError("bad_handshake", `Cannot open the WebSocket: ${reason}`);
}

/** The version of the protocol. */
const VERSION = "13";
