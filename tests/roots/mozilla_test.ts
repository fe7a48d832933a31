/** The embedded roots: what they hold, that they are what the packages have, and that they are loaded only when asked for. */

import { assert, assertEquals, assertExists, assertStrictEquals, assertThrows } from "@std/assert";
import { encodeBase64 } from "@std/encoding/base64";
import { mozillaRoots } from "../../roots/mod.ts";
import { MOZILLA_ROOTS } from "../../roots/mozilla_data.ts";
import { parseTrustAnchor } from "../../tls/x509/trust_anchor.ts";
import { parsePemCertificates } from "../../io/pem.ts";
import { DATA_FILE, fetchSources, generate } from "../tasks/mozilla_roots.ts";

Deno.test("mozillaRoots: every root of the data is in the store, once", async () => {
  const store = await mozillaRoots();
  assertEquals(store.size, MOZILLA_ROOTS.length);
  assert(store.size > 100);
});

Deno.test("mozillaRoots: all who ask get the same store, to which none of them can add", async () => {
  const store = await mozillaRoots();
  assertStrictEquals(await mozillaRoots(), store);
  assertThrows(() => store.addAnchors(store), TypeError);
  assertEquals(store.frozen, true);
});

Deno.test("mozillaRoots: imposed constraints, path lengths and dates of distrust are carried", async () => {
  const anchors = [...await mozillaRoots()];
  const partly = MOZILLA_ROOTS.filter((root) => root.distrustAfter !== undefined);
  const limited = MOZILLA_ROOTS.filter((root) => root.nameConstraints !== undefined);
  const short = MOZILLA_ROOTS.filter((root) => root.pathLength !== undefined);
  assert(partly.length > 0 && limited.length > 0 && short.length > 0);
  for (const { publicKey, distrustAfter, nameConstraints, pathLength } of [...partly, ...limited, ...short]) {
    const anchor = anchors.find((each) => encodeBase64(each.publicKey) === publicKey);
    assertExists(anchor);
    assertEquals(anchor.pathLength, pathLength);
    assertEquals(anchor.distrustAfter, distrustAfter === undefined ? undefined : new Date(distrustAfter));
    assertEquals(anchor.nameConstraints && encodeBase64(anchor.nameConstraints), nameConstraints);
  }
});

const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
const bundle = await Deno.readTextFile(BUNDLE).catch(() => undefined);
Deno.test({
  name: "mozillaRoots: each certificate of the system's bundle that is in the set is found by its subject" +
    (bundle === undefined ? ` (needs ${BUNDLE})` : ""),
  ignore: bundle === undefined,
  fn: async () => {
    const store = await mozillaRoots();
    const keys = new Set(MOZILLA_ROOTS.map((root) => root.publicKey));
    let found = 0;
    for (const der of parsePemCertificates(bundle ?? "")) {
      const { subject, publicKey } = parseTrustAnchor(der);
      const key = encodeBase64(publicKey);
      if (!keys.has(key)) continue;
      assert(store.anchorsFor(subject).some((anchor) => encodeBase64(anchor.publicKey) === key));
      found++;
    }
    assert(found > 80, `only ${found} of the system's certificates are Mozilla's`);
  },
});

const folder = await Deno.makeTempDir({ prefix: "ductile-roots-" });
const sources = await fetchSources(folder);
const missing = sources === undefined ? " (needs cargo and go, and the packages they fetch)" : "";
Deno.test({
  name: `mozillaRoots: the data is what the packages have${missing}`,
  ignore: sources === undefined,
  fn: async () => {
    if (sources !== undefined) assertEquals(await Deno.readTextFile(DATA_FILE), await generate(sources));
  },
});
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
