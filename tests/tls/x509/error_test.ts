/** The codes of a refused certificate: each has an alert, a meaning in the documentation and a rank among reasons. */

import { assertEquals } from "@std/assert";
import { CERTIFICATE_ALERTS } from "../../../tls/x509/error.ts";

const SOURCE = await Deno.readTextFile(new URL("../../../tls/x509/error.ts", import.meta.url));

Deno.test("CertificateErrorCode: the tables in its documentation list each code once, with a meaning", () => {
  const listed = [...SOURCE.matchAll(/^ \* \| `(\w+)` \| \S.* \|$/gm)].map(([, code]) => code ?? "");
  assertEquals(listed.toSorted(), Object.keys(CERTIFICATE_ALERTS).toSorted());
});
