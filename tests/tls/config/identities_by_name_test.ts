/** A server with several names: the identity for each name, and the names that are refused. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { ClientHelloInfo, Identity } from "../../../tls/config/config_types.ts";
import { identitiesByName } from "../../../tls/config/identities_by_name.ts";
import { TlsError } from "../../../tls/error/tls_error.ts";
import { mintAuthority, mintCertificate } from "../../support/certificates.ts";

const authority = await mintAuthority();
const identity = await identityFor("www.example.com", "example.com");
const wild = await identityFor("*.example.org");

async function identityFor(...names: string[]): Promise<Identity> {
  const { chainPem, keyPem } = await mintCertificate(authority, { names });
  return { chain: chainPem, key: keyPem };
}

function hello(serverName?: string): ClientHelloInfo {
  return {
    ...(serverName !== undefined && { serverName }),
    alpnProtocols: [],
    signatureSchemes: [],
    cipherSuites: [],
    groups: [],
    certificateAuthorities: [],
  };
}

const LOOKUPS: readonly { name?: string; found: Identity | undefined }[] = [
  { name: "example.com", found: identity },
  { name: "www.example.com", found: undefined },
  { name: "a.example.org", found: wild },
  { name: "special.example.org", found: await identityFor("special.example.org") },
  { name: "a.b.example.org", found: undefined },
  { name: "example.org", found: undefined },
  { name: "org", found: undefined },
  { found: undefined },
];
const byName = identitiesByName({
  "Example.COM.": identity,
  "*.example.org": wild,
  "special.example.org": LOOKUPS[3]?.found ?? wild,
});

for (const { name, found } of LOOKUPS) {
  Deno.test(`identitiesByName has ${found === undefined ? "nothing" : "an identity"} for ${name ?? "no name"}`, async () => {
    assertStrictEquals(await byName(hello(name)), found);
  });
}

Deno.test("identitiesByName returns the fallback for all other names", async () => {
  const resolve = identitiesByName({ "example.com": identity }, wild);
  assertStrictEquals(await resolve(hello("example.com")), identity);
  assertStrictEquals(await resolve(hello("example.net")), wild);
  assertStrictEquals(await resolve(hello()), wild);
});

const REFUSED_NAMES: readonly { name: string; identities: Record<string, Identity>; message: string }[] = [
  { name: "an IP address", identities: { "192.0.2.1": identity }, message: '"192.0.2.1" is no DNS name' },
  {
    name: "a name with a space in it",
    identities: { "exam ple": identity },
    message: '"exam ple" is no DNS name',
  },
  { name: "a wildcard inside", identities: { "a.*.org": identity }, message: '"a.*.org" is no DNS name' },
  {
    name: "a name twice",
    identities: { "example.com": identity, "EXAMPLE.com": identity },
    message: '"EXAMPLE.com" is there twice',
  },
  {
    name: "a name that the certificate does not have",
    identities: { "example.net": identity },
    message: 'the certificate for "example.net" is not valid for it',
  },
  {
    name: "a wildcard that the certificate does not have",
    identities: { "*.example.com": identity },
    message: 'the certificate for "*.example.com" is not valid for all such names',
  },
];

for (const { name, identities, message } of REFUSED_NAMES) {
  Deno.test(`identitiesByName refuses ${name}`, () => {
    const error = assertThrows(() => identitiesByName(identities), TlsError);
    assertEquals([error.code, error.message], [
      "invalid_option",
      `Cannot make a resolver of identities: ${message}`,
    ]);
  });
}

Deno.test("identitiesByName refuses an identity that cannot be used", () => {
  const error = assertThrows(() => identitiesByName({}, { ...identity, key: "" }), TlsError);
  assertEquals(error.code, "bad_key_pem");
});
