/** Alerts, as they are received: the errors that name them, and their hints. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { readAlert } from "../../../tls/record/received_alert.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";

const FAILED = ["handshake_failed", "protocol_error"] as const;

/** An alert, the hint of its error, and the codes during the handshake and after it. */
const ROWS: readonly {
  readonly name: AlertName;
  readonly hint?: RegExp;
  readonly codes?: readonly [TlsErrorCode, TlsErrorCode];
}[] = [
  { name: "unknown_ca", hint: /must trust the authority/ },
  {
    name: "certificate_required",
    hint: /wants a client certificate/,
    codes: ["certificate_required", "certificate_required"],
  },
  { name: "bad_certificate", hint: /refuses the certificate/ },
  { name: "certificate_expired", hint: /refuses the certificate/ },
  { name: "unrecognized_name", hint: /no site of the name/ },
  {
    name: "no_application_protocol",
    hint: /none of the protocols/,
    codes: ["no_application_protocol", "protocol_error"],
  },
  { name: "internal_error" },
];

for (const { name, hint, codes = FAILED } of ROWS) {
  Deno.test(`the alert ${name} is named, ${hint === undefined ? "without" : "with"} a hint`, () => {
    for (const [index, code] of codes.entries()) {
      const handshaking = index === 0;
      const error = assertThrows(
        () => readAlert(Uint8Array.of(2, AlertDescription[name]), handshaking),
        TlsError,
      );
      assertEquals([error.code, error.alert], [code, name]);
      assertMatch(error.message, new RegExp(`: the peer sent the alert ${name}$`));
      if (hint === undefined) assertEquals(error.hint, undefined);
      else assertMatch(error.hint ?? "", hint);
    }
  });
}
