/** Cookies that came without TLS beside those of TLS. */

import { assertEquals } from "@std/assert";
import { openCookies } from "../../../cli/cookies/cookie_store.ts";
import { emptyDraft } from "../../../cli/command.ts";
import { FakeHost } from "../fake_host.ts";

// Not in a string of the import itself: type-checking must not need the package.
const PACKAGE = "npm:tough-cookie@^5.1.2";
const isMissing = await import(PACKAGE).then(() => false, () => true);

interface Row {
  readonly name: string;
  /** A file of cookies. */
  readonly kept?: string;
  readonly url: string;
  readonly field: string;
  /** The cookies for `https://a.test/`. */
  readonly cookies: string;
}

const SECURE = "a.test\tFALSE\t/\tTRUE\t0\tid\t1";

const ROWS: readonly Row[] = [
  {
    name: "a secure cookie over TLS is taken",
    url: "https://a.test/",
    field: "id=2; Secure",
    cookies: "id=2",
  },
  {
    name: "a secure cookie without TLS is not",
    url: "http://a.test/",
    field: "id=2; path=/;secure",
    cookies: "",
  },
  {
    name: "a secure cookie with a value of the attribute is not",
    url: "http://a.test/",
    field: "id=2; Secure=x",
    cookies: "",
  },
  {
    name: "another attribute is no matter",
    url: "http://a.test/",
    field: "id=2; Securely; path=/",
    cookies: "id=2",
  },
  {
    name: "a cookie without TLS does not replace a secure one",
    kept: SECURE,
    url: "http://a.test/",
    field: "id=2",
    cookies: "id=1",
  },
  {
    name: "nor does one of another path come before it",
    kept: SECURE,
    url: "http://a.test/",
    field: "id=2; path=/x",
    cookies: "id=1",
  },
  {
    name: "nor one of a host under it",
    kept: ".a.test\tTRUE\t/\tTRUE\t0\tid\t1",
    url: "http://b.a.test/",
    field: "id=2; domain=a.test",
    cookies: "id=1",
  },
  {
    name: "a cookie of another name is taken",
    kept: SECURE,
    url: "http://a.test/",
    field: "other=2; path=/",
    cookies: "id=1; other=2",
  },
  {
    name: "over TLS a secure cookie is replaced",
    kept: SECURE,
    url: "https://a.test/",
    field: "id=2; path=/",
    cookies: "id=2",
  },
];

for (const { name, kept, url, field, cookies } of ROWS) {
  Deno.test({
    name: `cookies: ${name}${isMissing ? " (tough-cookie is not there)" : ""}`,
    ignore: isMissing,
    fn: async () => {
      const host = new FakeHost({ files: { jar: kept ?? "" } });
      const store = await openCookies({ ...emptyDraft(), cookies: ["jar"] }, host);
      await store?.store([field], url);
      assertEquals(await store?.cookiesFor("https://a.test/"), cookies);
    },
  });
}
