/** What the versions decide of records and alerts, one a row. */

import { assertEquals } from "@std/assert";
import { TLS12_RAW_PUBLIC_KEY_RULES, TLS12_RULES } from "../../../tls/record/tls12_rules.ts";
import { ANY_VERSION_RULES, TLS13_RULES, type VersionRules } from "../../../tls/record/version_rules.ts";

/** TLS 1.2 has neither alert: they came with TLS 1.3 (RFC 9846 §6.2). */
const OLD_ALERTS = [["certificate_required", "handshake_failure"], [
  "missing_extension",
  "handshake_failure",
]];

const ROWS: readonly {
  readonly name: string;
  readonly rules: VersionRules;
  readonly dropsChangeCipherSpec: boolean;
  readonly hasWarnings: boolean;
  readonly alerts: readonly (readonly string[])[];
}[] = [
  { name: "TLS 1.3", rules: TLS13_RULES, dropsChangeCipherSpec: true, hasWarnings: false, alerts: [] },
  {
    name: "any version",
    rules: ANY_VERSION_RULES,
    dropsChangeCipherSpec: true,
    hasWarnings: true,
    alerts: [],
  },
  {
    name: "TLS 1.2",
    rules: TLS12_RULES,
    dropsChangeCipherSpec: false,
    hasWarnings: true,
    alerts: OLD_ALERTS,
  },
  {
    name: "TLS 1.2 with raw public keys",
    rules: TLS12_RAW_PUBLIC_KEY_RULES,
    dropsChangeCipherSpec: false,
    hasWarnings: true,
    alerts: OLD_ALERTS,
  },
];

for (const { name, rules, dropsChangeCipherSpec, hasWarnings, alerts } of ROWS) {
  Deno.test(`rules of ${name}: ChangeCipherSpec, warnings and alerts`, () => {
    assertEquals(
      [rules.dropsChangeCipherSpec, rules.hasWarnings, [...rules.alerts]],
      [dropsChangeCipherSpec, hasWarnings, alerts],
    );
  });
}
