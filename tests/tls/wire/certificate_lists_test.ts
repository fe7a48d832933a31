/** The lists of a ClientHello that say in which form certificates may come: types (RFC 7250) and compressions (RFC 8879). */

import { clientHelloHead } from "./samples.ts";
import { bytes, extension, type Part, testRefusals, vec16, vec8 } from "./message_bytes.ts";

function hello(...extensions: readonly Part[]): Uint8Array {
  return bytes(clientHelloHead(), vec16(...extensions));
}

testRefusals(0x01, [
  {
    name: "bad input 97: no certificate type",
    body: hello(extension(0x0013, vec8())),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: its list of certificate types has nothing but the default",
  },
  {
    name: "bad input 97: the default certificate type alone, twice",
    body: hello(extension(0x0014, vec8(0, 0))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: its list of certificate types has nothing but the default",
  },
  {
    name: "a certificate type without a list",
    body: hello(extension(0x0014, 2)),
    code: "decode_error",
    message: "Cannot read ClientHello: server_certificate_type is cut short",
  },
  {
    name: "an algorithm of certificate compression twice",
    body: hello(extension(0x001b, vec8(0, 2, 0, 1, 0, 2))),
    code: "illegal_parameter",
    message: "Cannot read ClientHello: compress_certificate has an algorithm twice",
  },
  {
    name: "no algorithm of certificate compression",
    body: hello(extension(0x001b, vec8())),
    code: "decode_error",
    message: "Cannot read ClientHello: compress_certificate is shorter than 2 bytes",
  },
]);
