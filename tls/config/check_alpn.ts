/**
 * Lists of application protocols (RFC 7301).
 *
 * @module
 */

import { invalidOption, refuseDuplicates } from "./option_checks.ts";

/**
 * Checks a list of ALPN protocols: `opaque ProtocolName<1..2^8-1>; ProtocolName protocol_name_list<2..2^16-1>`
 * (RFC 7301 §3.1). A name is bytes; here each character is one.
 *
 * @param config What the list is for, in messages.
 * @returns A frozen copy.
 * @throws {TlsError} `invalid_option`.
 */
export function checkAlpn(config: string, protocols: readonly string[]): readonly string[] {
  refuseDuplicates(config, "alpnProtocols", protocols);
  let length = 0;
  for (const protocol of protocols) {
    const quoted = JSON.stringify(protocol);
    if (/[^\0-\xff]/.test(protocol)) {
      throw invalidOption(
        config,
        `"alpnProtocols" has ${quoted}: a character stands for a byte, and one is none`,
      );
    }
    if (protocol.length < 1 || protocol.length > 0xff) {
      throw invalidOption(
        config,
        `"alpnProtocols" has a name of ${protocol.length} bytes; it must have 1 to 255`,
      );
    }
    length += 1 + protocol.length;
  }
  if (length > 0xffff) {
    throw invalidOption(config, '"alpnProtocols" is too long: ALPN has room for 65535 bytes');
  }
  return Object.freeze([...protocols]);
}
