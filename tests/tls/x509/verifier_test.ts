/** The verifier of a configuration: purposes and names, and the chains that it remembers. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { nodeCrypto } from "../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../tls/crypto/provider.ts";
import { webCrypto } from "../../../tls/crypto/web.ts";
import { TlsError, type TlsErrorCode } from "../../../tls/error/tls_error.ts";
import { run } from "../../../io/script.ts";
import { readIntermediates } from "../../../tls/handshake/certificate_chain.ts";
import { CertificateError, type CertificateErrorCode } from "../../../tls/x509/error.ts";
import type { VerifiedPath } from "../../../tls/x509/path/path.ts";
import { refusedCertificate } from "../../../tls/x509/refused_certificate.ts";
import { RevocationPolicy } from "../../../tls/x509/revocation/revocation.ts";
import { parseServerName } from "../../../tls/names/server_name.ts";
import { DEFAULT_REMEMBERED_CHAINS } from "../../../tls/x509/limits.ts";
import { VerifiedChainCache } from "../../../tls/x509/path/verified_chain_cache.ts";
import { CertificateVerifier } from "../../../tls/x509/verifier.ts";
import {
  type CertificateOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
} from "../../support/certificates.ts";
import { mintCrl } from "../../support/crls.ts";
import { countingCrypto, hoursFromNow, parse, trust } from "./path/path_support.ts";

const ROOT = await mintAuthority();
const ISSUER = await mintAuthority({ issuer: ROOT });
const NAMES = { names: ["example.com", "www.example.com"], ips: ["192.0.2.1"] };
const LEAF = await mintCertificate(ISSUER, NAMES);

interface Asked {
  readonly leaf?: Minted;
  readonly others?: readonly Minted[];
  readonly name?: string;
  readonly time?: Date;
}

/** What a verifier says of a server: the path or the code. */
async function askServer(
  verifier: CertificateVerifier,
  asked: Asked = {},
): Promise<VerifiedPath | TlsErrorCode> {
  const { leaf = LEAF, others = [ISSUER], name = "example.com", time = new Date() } = asked;
  try {
    return await run(verifier.verifyServer({
      endEntity: parse(leaf),
      intermediates: others.map(parse),
      serverName: parseServerName(name),
      time,
    }));
  } catch (error) {
    assert(error instanceof TlsError);
    assert(error.certificate instanceof CertificateError && error.cause === error.certificate);
    return error.code;
  }
}

async function codeOf(verifier: CertificateVerifier, asked: Asked = {}): Promise<string> {
  const answer = await askServer(verifier, asked);
  return typeof answer === "string" ? answer : "accepted";
}

function verifierOf(
  provider: CryptoProvider = nodeCrypto(),
  roots: readonly Minted[] = [ROOT],
): CertificateVerifier {
  return new CertificateVerifier({ provider, roots: trust(...roots) });
}

const SERVERS: readonly (Asked & { readonly row: string; readonly expected: string })[] = [
  { row: "its name", expected: "accepted" },
  { row: "another of its names", name: "www.example.com", expected: "accepted" },
  { row: "its address", name: "192.0.2.1", expected: "accepted" },
  { row: "another name", name: "example.org", expected: "certificate_wrong_name" },
  { row: "another address", name: "192.0.2.2", expected: "certificate_wrong_name" },
  { row: "a chain with a gap", others: [], expected: "certificate_unknown_issuer" },
  { row: "a time after its end", time: hoursFromNow(30), expected: "certificate_expired" },
  { row: "a time before its beginning", time: hoursFromNow(-30), expected: "certificate_not_yet_valid" },
  { row: "an authority", leaf: ISSUER, expected: "certificate_invalid" },
  {
    row: "an expired certificate of another name",
    name: "b",
    time: hoursFromNow(30),
    expected: "certificate_expired",
  },
];

for (const provider of [nodeCrypto(), webCrypto()]) {
  for (const { row, expected, ...asked } of SERVERS) {
    Deno.test(`CertificateVerifier, ${provider.name}: a server with ${row}: ${expected}`, async () => {
      const verifier = verifierOf(provider);
      assertEquals(await codeOf(verifier, asked), expected);
      // As it was, so it is when it is asked again.
      assertEquals(await codeOf(verifier, asked), expected);
      const isGood = expected === "accepted" || expected === "certificate_wrong_name";
      assertEquals(verifier.remembered, isGood ? 1 : 0);
    });
  }
}

Deno.test("CertificateVerifier: invalid hostnames can be accepted, and nothing else with them", async () => {
  const verifier = new CertificateVerifier({
    provider: nodeCrypto(),
    roots: trust(ROOT),
    dangerAcceptInvalidHostnames: true,
  });
  assertEquals(await codeOf(verifier, { name: "example.org" }), "accepted");
  assertEquals(await codeOf(verifier, { name: "example.org", others: [] }), "certificate_unknown_issuer");
  assertEquals(
    await codeOf(verifier, { name: "example.org", time: hoursFromNow(30) }),
    "certificate_expired",
  );
});

Deno.test("CertificateVerifier: a client's certificate needs no name, and has to be a client's", async () => {
  const verifier = verifierOf();
  const ask = async (leaf: Minted) => {
    try {
      await run(
        verifier.verifyClient({ endEntity: parse(leaf), intermediates: [parse(ISSUER)], time: new Date() }),
      );
      return "accepted";
    } catch (error) {
      return error instanceof TlsError && error.certificate?.code;
    }
  };
  assertEquals(await ask(await mintCertificate(ISSUER, { eku: ["clientAuth"] })), "accepted");
  assertEquals(
    await ask(await mintCertificate(ISSUER, { eku: ["serverAuth"] })),
    "required_extended_key_usage_missing",
  );
  assertEquals(await ask(await mintCertificate(ISSUER, { notAfter: hoursFromNow(-0.5) })), "expired");
});

Deno.test("CertificateVerifier: the roots are frozen", () => {
  const roots = trust(ROOT);
  new CertificateVerifier({ provider: nodeCrypto(), roots });
  assertEquals(roots.frozen, true);
});

Deno.test("CertificateVerifier: a remembered chain costs no signature check", async () => {
  const provider = countingCrypto();
  const verifier = verifierOf(provider);
  const first = await askServer(verifier);
  assertEquals(provider.checks, 2);
  assert(first === await askServer(verifier));
  assertEquals(provider.checks, 2);
});

interface Other {
  readonly row: string;
  readonly asked: () => Asked | Promise<Asked>;
  readonly expected: string;
  /** Whether signatures are checked for it. */
  readonly pays: boolean;
}

const OTHERS: readonly Other[] = [
  {
    row: "another of its names",
    asked: () => ({ name: "www.example.com" }),
    expected: "accepted",
    pays: false,
  },
  {
    row: "a name that it does not have",
    asked: () => ({ name: "example.org" }),
    expected: "certificate_wrong_name",
    pays: false,
  },
  { row: "an address", asked: () => ({ name: "192.0.2.1" }), expected: "accepted", pays: false },
  {
    row: "the chain without its intermediate",
    asked: () => ({ others: [] }),
    expected: "certificate_unknown_issuer",
    pays: false,
  },
  {
    row: "the chain with its intermediate twice",
    asked: () => ({ others: [ISSUER, ISSUER] }),
    expected: "accepted",
    pays: true,
  },
  {
    row: "the chain with the root",
    asked: () => ({ others: [ISSUER, ROOT] }),
    expected: "accepted",
    pays: true,
  },
  {
    row: "another certificate for the same name",
    asked: async () => ({ leaf: await mintCertificate(ISSUER, NAMES) }),
    expected: "accepted",
    pays: true,
  },
  {
    row: "a forged certificate for the same name",
    asked: async () => ({ leaf: await mintCertificate(ISSUER, { ...NAMES, corruptSignature: true }) }),
    expected: "certificate_invalid",
    pays: true,
  },
];

for (const { row, asked, expected, pays } of OTHERS) {
  Deno.test(`CertificateVerifier: after a remembered chain, ${row}: ${expected}`, async () => {
    const provider = countingCrypto();
    const verifier = verifierOf(provider);
    await askServer(verifier);
    const before = provider.checks;
    assertEquals(await codeOf(verifier, await asked()), expected);
    assertEquals(provider.checks > before, pays);
  });
}

Deno.test("CertificateVerifier: a chain remembered for a server is not accepted for a client", async () => {
  const leaf = await mintCertificate(ISSUER, { ...NAMES, eku: ["serverAuth"] });
  const verifier = new CertificateVerifier({
    provider: nodeCrypto(),
    roots: trust(ROOT),
    dangerAcceptInvalidHostnames: true,
  });
  assertEquals(await codeOf(verifier, { leaf }), "accepted");
  let code: string | undefined;
  try {
    await run(
      verifier.verifyClient({ endEntity: parse(leaf), intermediates: [parse(ISSUER)], time: new Date() }),
    );
  } catch (error) {
    code = error instanceof TlsError ? error.certificate?.code : undefined;
  }
  assertEquals(code, "required_extended_key_usage_missing");
});

Deno.test("CertificateVerifier: a remembered chain holds as long as all certificates are valid", async () => {
  const end = hoursFromNow(2);
  const issuer = await mintAuthority({ issuer: ROOT, notAfter: end });
  const leaf = await mintCertificate(issuer, { ...NAMES, notBefore: hoursFromNow(-0.5) });
  const provider = countingCrypto();
  const verifier = verifierOf(provider);
  const at = (time: Date) => codeOf(verifier, { leaf, others: [issuer], time });
  assertEquals(await at(hoursFromNow(0)), "accepted");
  assertEquals(await at(end), "accepted");
  assertEquals(provider.checks, 2);
  assertEquals(await at(new Date(end.getTime() + 1000)), "certificate_expired");
  assertEquals(await at(hoursFromNow(-0.75)), "certificate_not_yet_valid");
  // A clock that was set back for a while forgets nothing.
  assertEquals(await at(hoursFromNow(1)), "accepted");
  assertEquals(provider.checks, 2);
});

Deno.test("CertificateVerifier: a remembered chain holds up to nextUpdate of its revocation lists, if that is enforced", async () => {
  const end = hoursFromNow(1);
  // The one that ends first counts, whichever authority's it is.
  const first = [await mintCrl(ROOT, { nextUpdate: end }), await mintCrl(ISSUER)];
  const second = [await mintCrl(ROOT), await mintCrl(ISSUER, { nextUpdate: end })];
  for (const [expiration, later] of [["enforce", "certificate_invalid"], ["ignore", "accepted"]] as const) {
    for (const crls of [first, second]) {
      const provider = countingCrypto();
      const revocation = new RevocationPolicy({ crls, expiration });
      const verifier = new CertificateVerifier({ provider, roots: trust(ROOT), revocation });
      assertEquals(await codeOf(verifier), "accepted");
      const { checks } = provider;
      assertEquals(await codeOf(verifier, { time: new Date(end.getTime() - 1) }), "accepted");
      assertEquals(provider.checks, checks);
      assertEquals(await codeOf(verifier, { time: end }), later);
    }
  }
});

Deno.test("CertificateVerifier: a chain remembered by one verifier is not accepted by another with other roots or lists", async () => {
  const revoking = new RevocationPolicy({
    crls: [await mintCrl(ISSUER, { revoked: [{ serialNumber: parse(LEAF).serialNumber }] })],
    depth: "end_entity",
  });
  const provider = nodeCrypto();
  assertEquals(await codeOf(verifierOf(provider)), "accepted");
  assertEquals(await codeOf(verifierOf(provider, [await mintAuthority()])), "certificate_unknown_issuer");
  const strict = new CertificateVerifier({ provider, roots: trust(ROOT), revocation: revoking });
  assertEquals(await codeOf(strict), "certificate_revoked");
});

Deno.test("CertificateVerifier: no more chains are remembered than its limit, and the one used longest ago goes", async () => {
  const provider = countingCrypto();
  const verifier = new CertificateVerifier({ provider, roots: trust(ROOT), remember: 2 });
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => mintCertificate(ROOT, NAMES)));
  assert(a !== undefined && b !== undefined && c !== undefined);
  const ask = async (leaf: Minted) => {
    const before = provider.checks;
    assertEquals(await codeOf(verifier, { leaf, others: [] }), "accepted");
    return provider.checks - before;
  };
  assertEquals([await ask(a), await ask(b), await ask(a), await ask(c)], [1, 1, 0, 1]);
  assertEquals(verifier.remembered, 2);
  // b was asked for longest ago.
  assertEquals([await ask(a), await ask(c), await ask(b)], [0, 0, 1]);
});

Deno.test("CertificateVerifier: remember: 0 remembers nothing", async () => {
  const provider = countingCrypto();
  const verifier = new CertificateVerifier({ provider, roots: trust(ROOT), remember: 0 });
  await askServer(verifier);
  await askServer(verifier);
  assertEquals([provider.checks, verifier.remembered], [4, 0]);
});

Deno.test("VerifiedChainCache: different chains and purposes have different keys", async () => {
  assertEquals(DEFAULT_REMEMBERED_CHAINS, 64);
  const cache = new VerifiedChainCache(nodeCrypto());
  const [leaf, issuer, root] = [parse(LEAF), parse(ISSUER), parse(ROOT)];
  const chains = [[leaf, issuer], [issuer, leaf], [leaf], [leaf, issuer, root], [leaf, root, issuer], []];
  const questions = (["server_auth", "client_auth"] as const)
    .flatMap((purpose) => chains.map((chain) => ({ purpose, chain })));
  const keys = await Promise.all(questions.map(({ purpose, chain }) => run(cache.keyOf(purpose, chain))));
  assertEquals(new Set(keys).size, questions.length);
  assertEquals(new Set(keys.map((key) => key.length)), new Set([32]));
});

const COARSE: readonly (readonly [CertificateErrorCode, TlsErrorCode, RegExp | undefined])[] = [
  ["expired", "certificate_expired", /clock/],
  ["not_yet_valid", "certificate_not_yet_valid", /clock/],
  ["not_valid_for_name", "certificate_wrong_name", /name/],
  ["unknown_issuer", "certificate_unknown_issuer", /roots/],
  ["distrusted_root", "certificate_unknown_issuer", /another authority/],
  ["revoked", "certificate_revoked", undefined],
  ["bad_signature", "certificate_invalid", /another key/],
  ["ca_used_as_end_entity", "certificate_invalid", /CA:FALSE/],
  ["required_extended_key_usage_missing", "certificate_invalid", /serverAuth/],
  ["unknown_revocation_status", "certificate_invalid", /crls/],
  ["bad_der", "certificate_invalid", /must be made anew: it is not right\.$/],
  ["weak_public_key", "certificate_invalid", /2048 to 8192/],
  ["unsupported_signature_algorithm", "certificate_invalid", /SHA-256/],
];

for (const [code, expected, hint] of COARSE) {
  Deno.test(`refusedCertificate: ${code} is ${expected}`, () => {
    const certificate = new CertificateError(code, "Cannot accept it: it is not right");
    const error = refusedCertificate(certificate);
    assertEquals([error.code, error.message], [expected, certificate.message]);
    assert(error.certificate === certificate && error.cause === certificate);
    if (hint === undefined) assertEquals(error.hint, undefined);
    else assertMatch(error.hint ?? "", hint);
  });
}

Deno.test("refusedCertificate: a hint of the certificate's own goes first", () => {
  const hint = "Do this.";
  assertEquals(refusedCertificate(new CertificateError("expired", "Cannot", { hint })).hint, hint);
});

const ANEW: readonly { readonly name: string; readonly issuer: CertificateOptions; readonly hint: string }[] =
  [
    {
      name: "with a negative serial number",
      issuer: { serialNumber: Uint8Array.of(0x80) },
      hint: 'The certificate "CN=Middle" must be made anew: its serial number is negative.',
    },
    {
      name: "with an unknown critical extension",
      issuer: { extensions: [{ oid: "1.2.3.4", critical: true, value: Uint8Array.of(5, 0) }] },
      hint:
        'The certificate "CN=Middle" must be made anew: its critical extension 1.2.3.4 is not understood.',
    },
    {
      name: "of version 1",
      issuer: { version: 0 },
      hint: "The certificate must be made anew, as one of X.509 version 3.",
    },
  ];

for (const { name, issuer, hint } of ANEW) {
  Deno.test(`CertificateVerifier: the hint says what is wrong with an intermediate ${name}`, async () => {
    const middle = await mintAuthority({ commonName: "Middle", issuer: ROOT, ...issuer });
    const leaf = await mintCertificate(middle, NAMES);
    const verifier = verifierOf();
    const error = await assertRejects(async () => {
      await run(verifier.verifyServer({
        endEntity: parse(leaf),
        intermediates: readIntermediates([middle.certDer]),
        serverName: parseServerName("example.com"),
        time: new Date(),
      }));
    }, TlsError);
    assertEquals(error.hint, hint);
  });
}
