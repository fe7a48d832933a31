/** Certificates against revocation lists: scope, signature, number, age, and each option. */

import { assertEquals, assertThrows } from "@std/assert";
import { TlsError } from "../../../../tls/error/tls_error.ts";
import { type RevocationOptions, RevocationPolicy } from "../../../../tls/x509/revocation/revocation.ts";
import {
  type ExtensionOptions,
  mintAuthority,
  mintCertificate,
  type Minted,
} from "../../../support/certificates.ts";
import {
  type CrlOptions,
  crlPem,
  distributionPoint,
  distributionPoints,
  mintCrl,
} from "../../../support/crls.ts";
import { boolean, explicit, implicit, octetString, sequence } from "../../../support/der.ts";
import { countingCrypto, hoursFromNow, parse, refusalOf, trust, verdictOn } from "../path/path_support.ts";

/** A server's certificate under an intermediate under a root. */
interface Chain {
  readonly root: Minted;
  readonly issuer: Minted;
  readonly leaf: Minted;
}

const HERE = "http://example.com/here.crl";
const THERE = "http://example.com/there.crl";

const LEAF = { names: ["example.com"] };

async function plainChain(): Promise<Chain> {
  const root = await mintAuthority();
  const issuer = await mintAuthority({ issuer: root });
  return { root, issuer, leaf: await mintCertificate(issuer, LEAF) };
}

/** A chain whose intermediate may not sign lists. */
async function chainWithoutCrlSign(): Promise<Chain> {
  const root = await mintAuthority();
  const issuer = await mintAuthority({ issuer: root, keyUsage: ["keyCertSign"] });
  return { root, issuer, leaf: await mintCertificate(issuer, LEAF) };
}

/** A chain whose end entity says where its lists are. */
function chainWithPoints(...points: readonly (readonly string[])[]): () => Promise<Chain> {
  return chainWithExtension(distributionPoints(...points));
}

/** A chain whose end entity has an extension. */
function chainWithExtension(extension: ExtensionOptions): () => Promise<Chain> {
  return async () => {
    const root = await mintAuthority();
    const issuer = await mintAuthority({ issuer: root });
    return { root, issuer, leaf: await mintCertificate(issuer, { ...LEAF, extensions: [extension] }) };
  };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function on(...certificates: readonly Minted[]): Pick<CrlOptions, "revoked"> {
  return { revoked: certificates.map((certificate) => ({ serialNumber: parse(certificate).serialNumber })) };
}

interface Scenario {
  readonly name: string;
  /** Default: {@linkcode plainChain}. */
  readonly chain?: () => Promise<Chain>;
  readonly crls: (chain: Chain) => Promise<Uint8Array[]>;
  /** Of the whole chain with unknown ones denied and allowed, then of the end entity alone. */
  readonly expected: readonly [string, string, string, string];
}

const OK = "accepted";
const UNKNOWN = "unknown_revocation_status";
const OLD: CrlOptions = { thisUpdate: hoursFromNow(-3), nextUpdate: hoursFromNow(-1) };

const SCENARIOS: readonly Scenario[] = [
  {
    name: "on none of the lists",
    crls: async ({ root, issuer }) => [await mintCrl(root), await mintCrl(issuer)],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "the end entity on its list",
    crls: async ({ root, issuer, leaf }) => [await mintCrl(root), await mintCrl(issuer, on(leaf))],
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
  {
    name: "the intermediate on its list",
    crls: async ({ root, issuer }) => [await mintCrl(root, on(issuer)), await mintCrl(issuer)],
    expected: ["revoked", "revoked", OK, OK],
  },
  {
    name: "no list for the intermediate",
    crls: async ({ issuer }) => [await mintCrl(issuer)],
    expected: [UNKNOWN, OK, OK, OK],
  },
  {
    name: "no list for the end entity",
    crls: async ({ root }) => [await mintCrl(root)],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "only lists of strangers",
    crls: async ({ leaf }) => [await mintCrl(await mintAuthority(), on(leaf))],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "a list of the end entity's whose signature does not verify",
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { ...on(leaf), corruptSignature: true }),
    ],
    expected: ["bad_crl_signature", "bad_crl_signature", "bad_crl_signature", "bad_crl_signature"],
  },
  {
    name: "a list of the intermediate's whose signature does not verify",
    crls: async (
      { root, issuer },
    ) => [await mintCrl(root, { corruptSignature: true }), await mintCrl(issuer)],
    expected: ["bad_crl_signature", "bad_crl_signature", OK, OK],
  },
  {
    name: "a list of one who may not sign lists",
    chain: chainWithoutCrlSign,
    crls: async ({ root, issuer }) => [await mintCrl(root), await mintCrl(issuer)],
    expected: [
      "issuer_not_crl_signer",
      "issuer_not_crl_signer",
      "issuer_not_crl_signer",
      "issuer_not_crl_signer",
    ],
  },
  {
    name: "on an older list, and no longer on the newer one",
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { number: 8 }),
      await mintCrl(issuer, { ...on(leaf), number: 7 }),
    ],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "on the newer list, and not on the older one yet",
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { number: 255 }),
      await mintCrl(issuer, { ...on(leaf), number: 256 }),
    ],
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
  {
    name: "a list for end entities alone",
    crls: async ({ root, issuer }) => {
      const scope = distributionPoint({ onlyUserCerts: true });
      return [await mintCrl(root, { scope }), await mintCrl(issuer, { scope })];
    },
    expected: [UNKNOWN, OK, OK, OK],
  },
  {
    name: "a list for authorities alone",
    crls: async ({ root, issuer }) => {
      const scope = distributionPoint({ onlyCaCerts: true });
      return [await mintCrl(root, { scope }), await mintCrl(issuer, { scope })];
    },
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "a list with the distribution point that the certificate names",
    chain: chainWithPoints([HERE]),
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: [HERE] }) }),
    ],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "a list with another distribution point",
    chain: chainWithPoints([HERE]),
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: [THERE] }) }),
    ],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "a list with a distribution point, for a certificate that names none",
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: [HERE] }) }),
    ],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "C-14: on the list of the second distribution point that the certificate names",
    chain: chainWithPoints([HERE], [THERE]),
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { ...on(leaf), scope: distributionPoint({ uris: [THERE] }) }),
    ],
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
  {
    name: "on none of the lists, of which one has the second distribution point that the certificate names",
    chain: chainWithPoints([HERE], [THERE]),
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: ["http://example.org/", THERE] }) }),
    ],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "on a list with another distribution point: a serial number is revoked on any list of the issuer",
    chain: chainWithPoints([HERE]),
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { ...on(leaf), scope: distributionPoint({ uris: [THERE] }) }),
    ],
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
  {
    name: "on a list with another distribution point and a bad signature",
    chain: chainWithPoints([HERE]),
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer),
      await mintCrl(issuer, {
        ...on(leaf),
        scope: distributionPoint({ uris: [THERE] }),
        corruptSignature: true,
      }),
    ],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "on nothing but a list with another distribution point and a bad signature",
    chain: chainWithPoints([HERE]),
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, {
        ...on(leaf),
        scope: distributionPoint({ uris: [THERE] }),
        corruptSignature: true,
      }),
    ],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "two authorities of one name, each with its list",
    crls: async ({ root, issuer, leaf }) => {
      // Its number is higher, and nothing tells the two apart but their signatures.
      const key = (await mintAuthority()).key;
      return [
        await mintCrl(root),
        await mintCrl({ ...issuer, key }, { ...on(leaf), number: 9 }),
        await mintCrl(issuer, { number: 2 }),
      ];
    },
    expected: [OK, OK, OK, OK],
  },
  {
    name: "lists of two keys of one name, of which the one that was not used has the higher number",
    crls: async ({ root, issuer, leaf }) => {
      const of = (key: string) => ({
        extensions: [{ oid: "2.5.29.35", value: sequence(implicit(0, bytes(key))) }],
      });
      return [
        await mintCrl(root),
        await mintCrl({ ...issuer, key: (await mintAuthority()).key }, { ...of("other"), number: 9 }),
        await mintCrl(issuer, { ...of("this"), ...on(leaf), number: 2 }),
      ];
    },
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
  {
    name: "two lists of one number, of which the later one counts",
    crls: async ({ root, issuer, leaf }) => [
      await mintCrl(root),
      await mintCrl(issuer, { ...on(leaf), thisUpdate: hoursFromNow(-3) }),
      await mintCrl(issuer, { thisUpdate: hoursFromNow(-2) }),
    ],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "a list with a distribution point, for a certificate whose distribution points cannot be read",
    chain: chainWithExtension({ oid: "2.5.29.31", value: sequence(boolean(true)) }),
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: [HERE] }) }),
    ],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "a list with a distribution point that the certificate names for some reasons only",
    chain: chainWithExtension({
      oid: "2.5.29.31",
      value: sequence(
        sequence(explicit(0, explicit(0, implicit(6, bytes(HERE)))), implicit(1, Uint8Array.of(1, 0x40))),
      ),
    }),
    crls: async ({ root, issuer }) => [
      await mintCrl(root),
      await mintCrl(issuer, { scope: distributionPoint({ uris: [HERE] }) }),
    ],
    expected: [UNKNOWN, OK, UNKNOWN, OK],
  },
  {
    name: "old lists, which have no end by default",
    crls: async ({ root, issuer }) => [await mintCrl(root, OLD), await mintCrl(issuer, OLD)],
    expected: [OK, OK, OK, OK],
  },
  {
    name: "on an old list",
    crls: async (
      { root, issuer, leaf },
    ) => [await mintCrl(root), await mintCrl(issuer, { ...OLD, ...on(leaf) })],
    expected: ["revoked", "revoked", "revoked", "revoked"],
  },
];

const COMBINATIONS: readonly Omit<RevocationOptions, "crls">[] = [
  { depth: "chain", unknownStatus: "deny" },
  { depth: "chain", unknownStatus: "allow" },
  { depth: "end_entity", unknownStatus: "deny" },
  { depth: "end_entity", unknownStatus: "allow" },
];

for (const { name, chain = plainChain, crls, expected } of SCENARIOS) {
  for (const [index, options] of COMBINATIONS.entries()) {
    const verdict = expected[index] ?? "";
    Deno.test(`RevocationPolicy: ${name}; ${options.depth}, ${options.unknownStatus}: ${verdict}`, async () => {
      const made = await chain();
      const revocation = new RevocationPolicy({ ...options, crls: await crls(made) });
      assertEquals(await verdictOf(made, revocation), verdict);
    });
  }
}

function verdictOf(
  { root, issuer, leaf }: Chain,
  revocation: RevocationPolicy,
  time?: Date,
): Promise<string> {
  return verdictOn({
    leaf,
    others: [issuer],
    roots: trust(root),
    revocation,
    ...(time !== undefined && { time }),
  });
}

const EXPIRATIONS = [
  { name: "before the next list is due", hours: 0, next: 1, expected: ["accepted", "accepted"] },
  { name: "when the next list is due", hours: 1, next: 1, expected: ["accepted", "expired_crl"] },
  { name: "after the next list was due", hours: 2, next: 1, expected: ["accepted", "expired_crl"] },
] as const;

for (const { name, hours, next, expected } of EXPIRATIONS) {
  for (const [index, expiration] of (["ignore", "enforce"] as const).entries()) {
    for (const depth of ["chain", "end_entity"] as const) {
      Deno.test(`RevocationPolicy: ${name}; ${depth}, ${expiration}: ${expected[index]}`, async () => {
        const made = await plainChain();
        const crls = [
          await mintCrl(made.root, { nextUpdate: hoursFromNow(3) }),
          await mintCrl(made.issuer, { nextUpdate: hoursFromNow(next) }),
        ];
        const revocation = new RevocationPolicy({ crls, depth, expiration });
        assertEquals(await verdictOf(made, revocation, hoursFromNow(hours)), expected[index]);
      });
    }
  }
}

Deno.test("RevocationPolicy: the key usage of an anchor must allow signing lists, as that of an intermediate", async () => {
  const root = await mintAuthority({ keyUsage: ["keyCertSign"] });
  const leaf = await mintCertificate(root, LEAF);
  const revocation = new RevocationPolicy({ crls: [await mintCrl(root)] });
  assertEquals(await verdictOn({ leaf, roots: trust(root), revocation }), "issuer_not_crl_signer");
});

Deno.test("RevocationPolicy: the message has the certificate, the date and the reason", async () => {
  const { root, issuer, leaf } = await plainChain();
  const { serialNumber } = parse(leaf);
  const date = new Date("2024-05-06T07:08:09Z");
  const crl = await mintCrl(issuer, { revoked: [{ serialNumber, date, reason: 1 }] });
  const revocation = new RevocationPolicy({ crls: [crl], depth: "end_entity" });
  const refusal = await refusalOf({ leaf, others: [issuer], roots: trust(root), revocation });
  assertEquals(
    refusal.message,
    'Cannot accept certificate "CN=example.com": it was revoked on 2024-05-06T07:08:09.000Z (keyCompromise)',
  );
});

Deno.test("RevocationPolicy: a list's signature is checked once, and is charged to the budget", async () => {
  const { root, issuer, leaf } = await plainChain();
  const crls = [await mintCrl(root), await mintCrl(issuer)];
  const provider = countingCrypto();
  const presented = { leaf, others: [issuer], roots: trust(root), provider };
  const over = { ...presented, revocation: new RevocationPolicy({ crls }), limits: { signatures: 3 } };
  assertEquals(await verdictOn(over), "maximum_signature_checks_exceeded");
  const revocation = new RevocationPolicy({ crls });
  const before = provider.checks;
  assertEquals(await verdictOn({ ...presented, revocation }), "accepted");
  assertEquals(provider.checks - before, 4);
  assertEquals(await verdictOn({ ...presented, revocation }), "accepted");
  assertEquals(provider.checks - before, 6);
});

Deno.test("RevocationPolicy: a list with the signature of another list is refused", async () => {
  const { root, issuer, leaf } = await plainChain();
  const good = await mintCrl(issuer, on(leaf));
  const revoking = new RevocationPolicy({ crls: [good], depth: "end_entity" });
  assertEquals(await verdictOf({ root, issuer, leaf }, revoking), "revoked");
  const forged = await mintCrl(issuer, { number: 9, corruptSignature: true });
  const both = new RevocationPolicy({ crls: [forged, good], depth: "end_entity" });
  assertEquals(await verdictOf({ root, issuer, leaf }, both), "revoked");
});

Deno.test("RevocationPolicy: lists come as PEM, several in a text, with others between", async () => {
  const { root, issuer, leaf } = await plainChain();
  const text = root.certPem + crlPem(await mintCrl(root)) + crlPem(await mintCrl(issuer, on(leaf)));
  for (const crls of [text, [text], [crlPem(await mintCrl(root)), await mintCrl(issuer, on(leaf))]]) {
    assertEquals(await verdictOf({ root, issuer, leaf }, new RevocationPolicy({ crls })), "revoked");
  }
});

Deno.test("RevocationPolicy: options that are changed after it was made do not change it", async () => {
  const { root, issuer, leaf } = await plainChain();
  const crl = await mintCrl(issuer, on(leaf));
  const crls = [crl];
  const revocation = new RevocationPolicy({ crls, depth: "end_entity" });
  crl.fill(0);
  crls.pop();
  assertEquals(await verdictOf({ root, issuer, leaf }, revocation), "revoked");
});

const MISTAKES: readonly { name: string; options: unknown; code: string; message: RegExp }[] = [
  { name: "no list", options: { crls: [] }, code: "invalid_option", message: /crls has no revocation list/ },
  {
    name: "PEM without a list",
    options: { crls: "nothing" },
    code: "bad_revocation_list",
    message: /"X509 CRL"/,
  },
  {
    name: "what is no list",
    options: { crls: [sequence()] },
    code: "bad_revocation_list",
    message: /Cannot use/,
  },
  {
    name: "another depth",
    options: { crls: [octetString()], depth: "all" },
    code: "invalid_option",
    message: /depth is "all", not "chain" or "end_entity"/,
  },
  {
    name: "an option that there is not",
    options: { crls: [octetString()], expiry: "enforce" },
    code: "invalid_option",
    message: /there is no option "expiry"/,
  },
  {
    name: "another policy",
    options: { crls: [octetString()], unknownStatus: true },
    code: "invalid_option",
    message: /unknownStatus is true, not "deny" or "allow"/,
  },
  {
    name: "another expiration",
    options: { crls: [octetString()], expiration: "" },
    code: "invalid_option",
    message: /expiration is "", not "enforce" or "ignore"/,
  },
];

for (const { name, options, code, message } of MISTAKES) {
  Deno.test(`RevocationPolicy: ${name} is refused when it is made`, () => {
    // What a caller without types can do.
    const error = assertThrows(() => new RevocationPolicy(options as RevocationOptions), TlsError);
    assertEquals(error.code, code);
    assertEquals(message.test(error.message), true, error.message);
  });
}
