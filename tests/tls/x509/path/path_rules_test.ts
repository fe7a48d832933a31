/** Rules of a path that only chains of an odd make can break, and providers that answer oddly. */

import { assertEquals } from "@std/assert";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import type { CryptoProvider } from "../../../../tls/crypto/provider.ts";
import { RevocationPolicy } from "../../../../tls/x509/revocation/revocation.ts";
import { mintAuthority, mintCertificate } from "../../../support/certificates.ts";
import { mintCrl } from "../../../support/crls.ts";
import { explicit, implicit, sequence } from "../../../support/der.ts";
import { nameOf } from "../certificate_parts.ts";
import { intermediateRow, leafRow, NAME, type PathRow } from "./path_rows.ts";
import { hoursFromNow, nameConstraints, trust, verdictOn } from "./path_support.ts";

/** The nameConstraints extension over distinguished names. */
function directoryConstraints(kind: "permitted" | "excluded", ...commonNames: readonly string[]) {
  const subtrees = commonNames.map((name) => sequence(explicit(4, nameOf(name))));
  return {
    oid: "2.5.29.30",
    critical: true,
    value: sequence(explicit(kind === "permitted" ? 0 : 1, ...subtrees)),
  };
}

/** The subjectAltName extension of a mail address. */
const MAIL = { oid: "2.5.29.17", value: sequence(implicit(1, new TextEncoder().encode("a@example.org"))) };

const MILLISECOND = 1;
const SECOND = 1000;
const at = (hours: number, milliseconds: number) => new Date(hoursFromNow(hours).getTime() + milliseconds);

const RULES: readonly PathRow[] = [
  // Basic constraints
  intermediateRow("an intermediate without basicConstraints is no authority", "end_entity_used_as_ca", {
    basicConstraints: false,
  }),
  intermediateRow(
    "an intermediate without basicConstraints and key usage is no authority",
    "end_entity_used_as_ca",
    {
      basicConstraints: false,
      keyUsage: [],
    },
  ),
  intermediateRow("an intermediate with cA FALSE that may sign is no authority", "end_entity_used_as_ca", {
    isCa: false,
    keyUsage: ["keyCertSign"],
    eku: [],
  }),
  leafRow("an end entity need not have basicConstraints", "accepted", { basicConstraints: false }),
  leafRow("an end entity without basicConstraints that may sign certificates", "accepted", {
    basicConstraints: false,
    keyUsage: ["digitalSignature", "keyCertSign"],
  }),
  // Purposes
  leafRow("anyExtendedKeyUsage alone names no purpose", "required_extended_key_usage_missing", {
    eku: ["anyExtendedKeyUsage"],
  }),
  leafRow("anyExtendedKeyUsage beside serverAuth does no harm", "accepted", {
    eku: ["anyExtendedKeyUsage", "serverAuth"],
  }),
  intermediateRow(
    "an intermediate's anyExtendedKeyUsage alone names no purpose",
    "required_extended_key_usage_missing",
    {
      eku: ["anyExtendedKeyUsage"],
    },
  ),
  leafRow(
    "a purpose of neither servers nor clients is not a client's",
    "required_extended_key_usage_missing",
    {
      eku: ["codeSigning"],
    },
    { purpose: "client_auth" },
  ),
  // Dates, to the second
  leafRow("a millisecond before the second of its notBefore is too early", "not_yet_valid", {
    notBefore: hoursFromNow(2),
  }, { time: at(2, -MILLISECOND) }),
  leafRow("the first millisecond of its notBefore is not too early", "accepted", {
    notBefore: hoursFromNow(2),
  }, {
    time: at(2, 0),
  }),
  leafRow("the last millisecond of its notAfter is not too late", "accepted", { notAfter: hoursFromNow(2) }, {
    time: at(2, SECOND - MILLISECOND),
  }),
  leafRow("the first millisecond after its notAfter is too late", "expired", { notAfter: hoursFromNow(2) }, {
    time: at(2, SECOND),
  }),
  intermediateRow(
    "an intermediate's notBefore counts to the second",
    "not_yet_valid",
    { notBefore: hoursFromNow(2) },
    {},
    {
      time: at(2, -MILLISECOND),
    },
  ),
  intermediateRow(
    "an intermediate's notAfter counts to the second",
    "expired",
    { notAfter: hoursFromNow(2) },
    {},
    {
      time: at(2, SECOND),
    },
  ),
  // Names
  leafRow("an empty subject beside a subjectAltName that is not critical", "accepted", {
    subject: sequence(),
  }),
  leafRow("an empty subject without a subjectAltName", "malformed_name", { subject: sequence(), names: [] }),
  leafRow("an empty subject beside a mail address, of a client", "accepted", {
    subject: sequence(),
    names: [],
    extensions: [MAIL],
  }, { purpose: "client_auth" }),
  // Serial numbers
  leafRow("the serial number 0", "accepted", { serialNumber: Uint8Array.of(0) }),
  leafRow("a serial number of 40 octets", "accepted", { serialNumber: new Uint8Array(40).fill(0x11) }),
  intermediateRow("an intermediate's serial number of 24 octets", "accepted", {
    serialNumber: new Uint8Array(24).fill(0x11),
  }),
  intermediateRow("an intermediate's serial number 0", "accepted", { serialNumber: Uint8Array.of(0) }),
  // Name constraints in between
  {
    name: "a self-issued leaf outside the names that its issuer is permitted",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ permitted: ["example.org"] })];
      const issuer = await mintAuthority({ commonName: "same", issuer: root, extensions });
      const leaf = await mintCertificate(issuer, { ...NAME, commonName: "same" });
      return { leaf, others: [issuer], roots: trust(root) };
    },
  },
  {
    name: "a self-issued leaf within the names that its issuer is permitted",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ permitted: ["example.com"] })];
      const issuer = await mintAuthority({ commonName: "same", issuer: root, extensions });
      const leaf = await mintCertificate(issuer, { ...NAME, commonName: "same" });
      return { leaf, others: [issuer], roots: trust(root) };
    },
  },
  ...([
    [
      "an authority in between with a name outside of what is permitted",
      "name_constraint_violation",
      "permitted",
      "other",
    ],
    ["an authority in between with a name within what is permitted", "accepted", "permitted", "lower"],
    [
      "an authority in between with a name that is excluded",
      "name_constraint_violation",
      "excluded",
      "lower",
    ],
    ["an authority in between with a name that is not excluded", "accepted", "excluded", "other"],
  ] as const).map(([name, expected, kind, subtree]) => ({
    name,
    expected,
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [
        directoryConstraints(kind, subtree, ...(kind === "permitted" ? ["example.com"] : [])),
      ];
      const upper = await mintAuthority({ issuer: root, extensions });
      const lower = await mintAuthority({ commonName: "lower", issuer: upper });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  })),
  {
    name: "a DNS name of an authority in between is constrained as a leaf's is",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [nameConstraints({ permitted: ["example.com"] })];
      const upper = await mintAuthority({ issuer: root, extensions });
      const lower = await mintAuthority({ issuer: upper, names: ["example.org"] });
      return { leaf: await mintCertificate(lower, NAME), others: [lower, upper], roots: trust(root) };
    },
  },
  {
    name: "constraints of a root hold for the authorities below it",
    expected: "name_constraint_violation",
    chain: async () => {
      const root = await mintAuthority({ extensions: [directoryConstraints("excluded", "lower")] });
      const lower = await mintAuthority({ commonName: "lower", issuer: root });
      return { leaf: await mintCertificate(lower, NAME), others: [lower], roots: trust(root) };
    },
  },
  {
    name: "an authority's constraints do not hold for itself",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const extensions = [directoryConstraints("excluded", "issuer")];
      const issuer = await mintAuthority({ commonName: "issuer", issuer: root, extensions });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(root) };
    },
  },
  {
    name: "an end entity that may sign certificates signs none that is accepted",
    expected: "end_entity_used_as_ca",
    chain: async () => {
      const root = await mintAuthority();
      const server = await mintCertificate(root, { ...NAME, keyUsage: ["digitalSignature", "keyCertSign"] });
      return { leaf: await mintCertificate(server, NAME), others: [server], roots: trust(root) };
    },
  },
  leafRow("name constraints of an end entity do not hold for itself", "accepted", {
    extensions: [nameConstraints({ excluded: ["example.com"] })],
  }),
  {
    name: "an intermediate that breaks a rule for all certificates is told of",
    expected: "bad_serial_number",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ issuer: root, serialNumber: Uint8Array.of(0x80) });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer], roots: trust(root) };
    },
  },
  {
    name: "an intermediate that breaks a rule does no harm where another one is right",
    expected: "accepted",
    chain: async () => {
      const root = await mintAuthority();
      const issuer = await mintAuthority({ commonName: "issuer", issuer: root, version: 0 });
      const again = await mintAuthority({ commonName: "issuer", issuer: root, key: issuer.key });
      return { leaf: await mintCertificate(issuer, NAME), others: [issuer, again], roots: trust(root) };
    },
  },
  {
    name: "an unrelated certificate that breaks a rule is not told of",
    expected: "unknown_issuer",
    chain: async () => {
      const others = [await mintAuthority({ version: 0 })];
      return {
        leaf: await mintCertificate(await mintAuthority(), NAME),
        others,
        roots: trust(await mintAuthority()),
      };
    },
  },
];

for (const { name, expected, chain } of RULES) {
  Deno.test(`verifyPath: ${name}: ${expected}`, async () =>
    assertEquals(await verdictOn(await chain()), expected));
}

/** Answers that would pass for true where only their truth is asked. */
const ANSWERS: readonly unknown[] = [
  1,
  "true",
  {},
  [],
  null,
  undefined,
  new Boolean(true),
  Promise.resolve(1),
  Promise.resolve({}),
];

for (const [index, answer] of ANSWERS.entries()) {
  const provider = { ...nodeCrypto(), verify: () => answer } as unknown as CryptoProvider;

  Deno.test(`C-11: a provider that answers otherwise than true has not verified a chain (${index})`, async () => {
    const { leaf, roots } = await leafRow("", "", {}).chain();
    assertEquals(await verdictOn({ leaf, roots, provider }), "bad_signature");
  });

  Deno.test(`verifyPath: a provider that answers otherwise than true has not verified a list (${index})`, async () => {
    const root = await mintAuthority();
    const leaf = await mintCertificate(root, NAME);
    const crls = [await mintCrl(root)];
    const honest = nodeCrypto();
    let first = true;
    const once: CryptoProvider = {
      ...honest,
      verify: (...args) => {
        if (!first) return answer as boolean;
        first = false;
        return honest.verify(...args);
      },
    };
    const presented = {
      leaf,
      roots: trust(root),
      provider: once,
      revocation: new RevocationPolicy({ crls }),
    };
    assertEquals(await verdictOn(presented), "bad_crl_signature");
  });
}
