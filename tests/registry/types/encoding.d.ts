/** What the project may use of `@std/encoding`, declared as that package declares it. */

export function decodeBase64(b64: string): Uint8Array<ArrayBuffer>;
export function decodeBase64Url(b64url: string): Uint8Array<ArrayBuffer>;
export function decodeHex(src: string): Uint8Array<ArrayBuffer>;
export function encodeBase64(data: ArrayBuffer | Uint8Array | string): string;
export function encodeBase64Url(data: ArrayBuffer | Uint8Array | string): string;
export function encodeHex(src: string | Uint8Array | ArrayBuffer): string;
