/**
 * Certificates to trust.
 *
 * For now this is the reader of certificate files; the roots of Mozilla and of the operating system are to
 * come, and until then the connections trust what the runtime does, and what `caCerts` adds.
 *
 * @example Trusting the authorities of a file as well
 * ```ts
 * import { parsePemCertificates } from "@ductile/ductile/roots";
 * import { assertThrows } from "@std/assert";
 *
 * // const pem = await Deno.readTextFile("authorities.pem");
 * const pem = "a file without any";
 * assertThrows(() => parsePemCertificates(pem), SyntaxError, "no \"CERTIFICATE\" block");
 * ```
 *
 * @module
 */

export { parsePemCertificates } from "../io/pem.ts";
