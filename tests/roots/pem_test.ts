/** The reader of PEM that `roots/` exports. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { parsePemCertificates } from "../../roots/mod.ts";
import { parsePemCertificates as fromIo } from "../../io/pem.ts";
import { mintAuthority, mintCertificate } from "../support/certificates.ts";

Deno.test("parsePemCertificates gives the DER of a minted chain, leaf first", async () => {
  const root = await mintAuthority();
  const between = await mintAuthority({ issuer: root });
  const leaf = await mintCertificate(between, { names: ["localhost"] });
  assertEquals(parsePemCertificates(leaf.chainPem), [leaf.certDer, between.certDer]);
});

Deno.test("roots/ re-exports the reader of io/", () => {
  assertStrictEquals(parsePemCertificates, fromIo);
});
