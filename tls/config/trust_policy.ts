/**
 * The trust policy of a client's config: how it decides about servers, as bytes that can be compared.
 *
 * A session is for the config that it was made under. One that was serialized has lost that object, and is for configs
 * of the same policy instead: which option decides, and by which signatures a server may have proved its key. Roots,
 * revocation lists, pins, the verifier and the identity are no part of it, since they judge the session again each time
 * it is offered.
 *
 * @module
 */

import { SignatureScheme } from "../wire/numbers.ts";
import type { ClientConfig } from "./client_config.ts";

/**
 * The policy of a config.
 *
 * ```text
 * struct {
 *     uint8 options;              // one bit each: see below
 *     SignatureScheme schemes<..>;
 * } TrustPolicy;
 * ```
 */
export function trustPolicy(config: ClientConfig): Uint8Array {
  const options = [
    config.roots !== undefined,
    config.verifier !== undefined,
    config.dangerAcceptInvalidCerts,
    config.dangerAcceptInvalidHostnames,
    config.enableSni,
  ];
  const schemes = config.signatureSchemes.map((scheme) => SignatureScheme[scheme]);
  return Uint8Array.of(
    options.reduce((bits, option) => bits << 1 | Number(option), 0),
    ...schemes.flatMap((scheme) => [scheme >> 8, scheme]),
  );
}
