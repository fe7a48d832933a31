/** What of URLs and fields may be shown. */

import { assertEquals } from "@std/assert";
import { isSecretName, isSecretParameter, redactFields, redactUrl } from "../../../client/hooks/redact.ts";

const URLS: readonly (readonly [name: string, url: string, shown: string])[] = [
  ["without a query", "https://a.example/x", "https://a.example/x"],
  ["with an empty query", "https://a.example/x?", "https://a.example/x?"],
  ["with a query of no secret", "https://a.example/?q=a%26b&page", "https://a.example/?q=a%26b&page"],
  [
    "with a token",
    "https://a.example/?q=1&access_token=s3cret",
    "https://a.example/?q=1&access_token=REDACTED",
  ],
  ["with a token twice", "https://a/?token=s3cret&token=s3cret", "https://a/?token=REDACTED&token=REDACTED"],
  ["with a token that has a semicolon", "https://a/?token=s3;cret&q=1", "https://a/?token=REDACTED&q=1"],
  ["with a token behind a semicolon", "https://a/?q=1;token=s3;cret&r", "https://a/?q=1;token=REDACTED&r"],
  ["with semicolons and no secret", "https://a/?q=1;r=2;;s", "https://a/?q=1;r=2;;s"],
  ["with an assertion of SAML", "https://a/?SAMLResponse=s3cret", "https://a/?SAMLResponse=REDACTED"],
  ["with a short name for a password", "https://a/?pass=s3cret", "https://a/?pass=REDACTED"],
  ["with a token that has signs of equality", "https://a/?token=s3=cret==", "https://a/?token=REDACTED"],
  ["with a token under an encoded name", "https://a/?to%6ben=s3cret", "https://a/?to%6ben=REDACTED"],
  ["with a name that does not decode", "https://a/?%ff=1&token=s3cret", "https://a/?%ff=1&token=REDACTED"],
  ["with a token without a value", "https://a/?token&q=1", "https://a/?token&q=1"],
  ["with question marks in a value", "https://a/?q=?&sig=s3cret?x=1", "https://a/?q=?&sig=REDACTED"],
  ["signed by AWS", "https://a/?X-Amz-Signature=s3cret", "https://a/?X-Amz-Signature=REDACTED"],
  ["signed by AWS as it was", "https://a/?AWSAccessKeyId=s3cret", "https://a/?AWSAccessKeyId=REDACTED"],
  ["signed by Google", "https://a/?X-Goog-Credential=s3cret", "https://a/?X-Goog-Credential=REDACTED"],
  ["with a key of a map", "https://a/?key=s3cret", "https://a/?key=REDACTED"],
  ["with userinfo", "https://me:s3cret@a.example/x", "https://REDACTED:REDACTED@a.example/x"],
  ["with an at sign in userinfo", "https://me:s3@cret@a/x", "https://REDACTED:REDACTED@a/x"],
  ["with an at sign in its path", "https://a/@me", "https://a/@me"],
  ["relative to a scheme, with userinfo", "//me:s3cret@a/x", "//REDACTED:REDACTED@a/x"],
  ["with userinfo and a query alone", "https://me:s3cret@a?q=1", "https://REDACTED:REDACTED@a?q=1"],
  ["relative", "/next?code=s3cret", "/next?code=REDACTED"],
  ["with a fragment that has a token", "https://a/#access_token=s3cret", "https://a/"],
  ["with a query behind its fragment", "https://a/?q=1#?token=s3cret", "https://a/?q=1"],
];

for (const [name, url, shown] of URLS) {
  Deno.test(`redaction: a URL ${name}`, () => assertEquals(redactUrl(url), shown));
}

Deno.test("redaction: the URL of a refresh", () => {
  const shown = redactFields([["refresh", "0; url=https://me:s3cret@a/?token=s3cret"]]);
  assertEquals(shown, [["refresh", "0; url=https://REDACTED:REDACTED@a/?token=REDACTED"]]);
});

Deno.test("redaction: fields by their names, and those that are URLs", () => {
  const fields = redactFields([["authorization", "s3cret"], ["location", "/?token=s3cret"], [
    "accept",
    "*/*",
  ]]);
  assertEquals(fields, [["authorization", "REDACTED"], ["location", "/?token=REDACTED"], ["accept", "*/*"]]);
});

const SECRET_FIELDS = [
  ...["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "apikey"],
  ...[
    "x-amz-security-token",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "x-csrf-token",
  ],
  ...["x-vault-token", "private-token", "dpop", "x-session-id", "x-hub-signature-256", "authentication-info"],
];
const OPEN_FIELDS = [
  "accept",
  "content-type",
  "etag",
  "x-request-id",
  "traceparent",
  "x-author",
  "keep-alive",
];

Deno.test("redaction: names of fields that are credentials, and that are none", () => {
  assertEquals(SECRET_FIELDS.filter((name) => !isSecretName(name)), []);
  assertEquals(OPEN_FIELDS.filter((name) => isSecretName(name)), []);
  assertEquals(["code", "Sig", "pwd", "client_secret"].every(isSecretParameter), true);
  assertEquals(["q", "page", "author", "keyword", "design"].some(isSecretParameter), false);
});
