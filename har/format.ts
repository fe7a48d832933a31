/**
 * The format of HAR 1.2, as far as a client without a browser fills it in. Members that begin with `_` are additions, as the
 * format provides for them.
 *
 * @module
 */

/** A HAR file. */
export interface Har {
  /** The recording. */
  readonly log: {
    /** The version of the format. */
    readonly version: "1.2";
    /** The program that made it. */
    readonly creator: { readonly name: string; readonly version: string };
    /** The requests, in the order in which they began. */
    readonly entries: readonly HarEntry[];
  };
}

/** One request as it was sent: a redirect and a retry are entries of their own. */
export interface HarEntry {
  /** When it began, as ISO 8601. */
  readonly startedDateTime: string;
  /** Milliseconds in all: the sum of the timings, without those that are -1, and without `ssl`, which is part of `connect`. */
  readonly time: number;
  /** The request. */
  readonly request: HarRequest;
  /** The response; of status 0 where there is none. */
  readonly response: HarResponse;
  /** Empty: the client has no cache. */
  readonly cache: Readonly<Record<string, never>>;
  /** The times. */
  readonly timings: HarTimings;
  /** The address of the server, or of the first proxy; absent where it is not known. */
  readonly serverIPAddress?: string;
  /** The identifier of the connection; absent where there was none. */
  readonly connection?: string;
  /** The facts of its TLS; absent on a plain connection. */
  readonly _tls?: HarTls;
  /** The proxies on the way. */
  readonly _proxies?: readonly string[];
  /** The code or the name of the failure; absent where there was none. */
  readonly _error?: string;
}

/** A request. */
export interface HarRequest {
  /** The method. */
  readonly method: string;
  /** The URL, without userinfo and fragment. */
  readonly url: string;
  /** The version of HTTP, such as `HTTP/1.1`; empty where there was no response. */
  readonly httpVersion: string;
  /** The cookies. */
  readonly cookies: readonly HarCookie[];
  /** The fields. */
  readonly headers: readonly HarNameValue[];
  /** The parameters of the query. */
  readonly queryString: readonly HarNameValue[];
  /** The content; absent where it was not recorded. */
  readonly postData?: HarPostData;
  /** Always -1: not known. */
  readonly headersSize: number;
  /** Bytes of the content; -1 where that is not known. */
  readonly bodySize: number;
}

/** A response. */
export interface HarResponse {
  /** The status; 0 where there is no response. */
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  /** The version of HTTP. */
  readonly httpVersion: string;
  /** The cookies. */
  readonly cookies: readonly HarCookie[];
  /** The fields. */
  readonly headers: readonly HarNameValue[];
  /** The content. */
  readonly content: HarContent;
  /** The target of a redirect; empty where it is none. */
  readonly redirectURL: string;
  /** Always -1: not known. */
  readonly headersSize: number;
  /** Bytes of the content as they were received; -1 where that is not known. */
  readonly bodySize: number;
}

/** The content of a response, decoded. */
export interface HarContent {
  /** Bytes, decoded where content is recorded. */
  readonly size: number;
  /** Bytes that its content coding saved; absent where that is not known. */
  readonly compression?: number;
  /** Its type. */
  readonly mimeType: string;
  /** The content; absent where it was not recorded. */
  readonly text?: string;
  /** How `text` has the content; absent: as text. */
  readonly encoding?: "base64";
  /** Says that content is cut off. */
  readonly comment?: string;
}

/** The content of a request. */
export interface HarPostData {
  /** Its type. */
  readonly mimeType: string;
  /** The content; what is not UTF-8 with U+FFFD in it. */
  readonly text: string;
  /** Says that content is cut off. */
  readonly comment?: string;
}

/** A name and its value. */
export interface HarNameValue {
  /** The name. */
  readonly name: string;
  /** The value. */
  readonly value: string;
}

/** A cookie. */
export interface HarCookie extends HarNameValue {
  /** The path that it is for. */
  readonly path?: string;
  /** The host that it is for. */
  readonly domain?: string;
  /** When it ends, as ISO 8601. */
  readonly expires?: string;
  /** Whether scripts cannot see it. */
  readonly httpOnly?: boolean;
  /** Whether it is sent over TLS alone. */
  readonly secure?: boolean;
}

/** Times, in milliseconds; -1 where one does not apply. */
export interface HarTimings {
  /** The wait for a connection, without the time of making one. */
  readonly blocked: number;
  /** Always -1: the runtime looks names up while it connects. */
  readonly dns: -1;
  /** Connecting and the TLS handshake, where the connection was made for this request. */
  readonly connect: number;
  /** The TLS handshake, which is part of `connect`. */
  readonly ssl: number;
  /** Reading the content of the request from its source. */
  readonly send: number;
  /** The wait for the head of the response. */
  readonly wait: number;
  /** The content of the response. */
  readonly receive: number;
}

/** The facts of TLS; with Deno's TLS, the first three alone. */
export interface HarTls {
  /** The implementation. */
  readonly implementation: "deno" | "node" | "ductile";
  /** The name that was verified. */
  readonly serverName: string;
  /** The protocol that ALPN chose. */
  readonly alpnProtocol: string | null;
  /** The version, such as `TLSv1.3`. */
  readonly protocolVersion?: string;
  /** The cipher suite. */
  readonly cipherSuite?: string;
  /** The group of the key exchange. */
  readonly keyExchangeGroup?: string;
  /** The signature scheme of the server. */
  readonly peerSignatureScheme?: string;
  /** Whether the session was resumed. */
  readonly resumed?: boolean;
}
