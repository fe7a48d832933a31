/** Alerts, as they are received: the errors that name them, and their hints. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { readAlert } from "../../../tls/record/received_alert.ts";
import { AlertDescription, type AlertName } from "../../../tls/error/alert_description.ts";

/** What the peer says, and what its user is told to do. */
const HINTS: readonly (readonly [AlertName, RegExp | undefined])[] = [
  ["unknown_ca", /must trust the authority/],
  ["certificate_required", /wants a client certificate/],
  ["bad_certificate", /refuses the certificate/],
  ["certificate_expired", /refuses the certificate/],
  ["unrecognized_name", /no site of the name/],
  ["no_application_protocol", /see alpnProtocols/],
  ["internal_error", undefined],
];

for (const [name, hint] of HINTS) {
  Deno.test(`the alert ${name} is named, ${hint === undefined ? "without" : "with"} a hint`, () => {
    for (const handshaking of [true, false]) {
      const error = assertThrows(
        () => readAlert(Uint8Array.of(2, AlertDescription[name]), handshaking),
        TlsError,
      );
      assertEquals([error.code, error.alert], [handshaking ? "handshake_failed" : "protocol_error", name]);
      assertMatch(error.message, new RegExp(`: the peer sent the alert ${name}$`));
      if (hint === undefined) assertEquals(error.hint, undefined);
      else assertMatch(error.hint ?? "", hint);
    }
  });
}
