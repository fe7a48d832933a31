/** Alerts on the wire: their numbers, and their two bytes. */

import { assertEquals, assertThrows } from "@std/assert";
import { AlertDescription, type AlertName, alertName } from "../../../tls/error/alert_description.ts";
import { ALERT_FOR } from "../../../tls/error/error_codes.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { AlertLevel, decodeAlert, encodeAlert } from "../../../tls/wire/alert.ts";
import { bytes } from "./message_bytes.ts";

const NAMES = Object.keys(AlertDescription) as AlertName[]; // The record has exactly these keys.

Deno.test("bad input 4: the alert decode_error is 02 32", () => {
  assertEquals(encodeAlert(AlertLevel.fatal, "decode_error"), bytes(0x02, 0x32));
});

for (const name of NAMES) {
  Deno.test(`the alert ${name} is decoded as it was encoded`, () => {
    for (const level of Object.values(AlertLevel)) {
      assertEquals(decodeAlert(encodeAlert(level, name)), {
        level,
        description: AlertDescription[name],
        name,
      });
    }
  });
}

Deno.test("no two alerts have one number", () => {
  assertEquals(NAMES.map((name) => alertName(AlertDescription[name])), NAMES);
});

Deno.test("an unknown alert or level has a number and no name", () => {
  assertEquals(decodeAlert(bytes(0, 0xee)), { level: 0, description: 0xee });
  assertEquals(decodeAlert(bytes(0xff, 0)), { level: 0xff, description: 0, name: "close_notify" });
  assertEquals(alertName(0xee), undefined);
  // Not a property that every object has.
  assertEquals(alertName(Number.NaN), undefined);
});

for (const length of [0, 1, 3, 4]) {
  Deno.test(`an alert of ${length} bytes is refused`, () => {
    const error = assertThrows(() => decodeAlert(new Uint8Array(length)), TlsError);
    assertEquals([error.code, error.message], [
      "decode_error",
      `Cannot read an alert: it has ${length} bytes, not 2`,
    ]);
  });
}

Deno.test("every error code has a known alert", () => {
  for (const alert of Object.values(ALERT_FOR)) {
    if (alert !== undefined) assertEquals(alertName(AlertDescription[alert]), alert);
  }
});
