/** What the project may use of `@std/bytes`, declared as that package declares it. */

export function concat(buffers: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
export function copy(src: Uint8Array, dst: Uint8Array, offset?: number): number;
export function endsWith(source: Uint8Array, suffix: Uint8Array): boolean;
export function equals(a: Uint8Array, b: Uint8Array): boolean;
export function includesNeedle(source: Uint8Array, needle: Uint8Array, start?: number): boolean;
export function indexOfNeedle(source: Uint8Array, needle: Uint8Array, start?: number): number;
export function lastIndexOfNeedle(source: Uint8Array, needle: Uint8Array, start?: number): number;
export function repeat(source: Uint8Array, count: number): Uint8Array<ArrayBuffer>;
export function startsWith(source: Uint8Array, prefix: Uint8Array): boolean;
