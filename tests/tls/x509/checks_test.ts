/** Names of certificates in errors, which are cut where they are too long. */

import { assertEquals } from "@std/assert";
import { quoteName } from "../../../tls/x509/checks.ts";
import { MAX_SHOWN_NAME_LENGTH } from "../../../tls/x509/limits.ts";
import { nameOf } from "./certificate_parts.ts";

for (const [length, cut] of [[MAX_SHOWN_NAME_LENGTH, false], [MAX_SHOWN_NAME_LENGTH + 1, true]] as const) {
  Deno.test(`a name of ${length} characters is shown ${cut ? "in part" : "whole"}`, () => {
    const text = `CN=${"x".repeat(length - 3)}`;
    const shown = quoteName(nameOf(text.slice(3)));
    assertEquals(shown, cut ? `"${text.slice(0, MAX_SHOWN_NAME_LENGTH)}"...` : `"${text}"`);
  });
}
