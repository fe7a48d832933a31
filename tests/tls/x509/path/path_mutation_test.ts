/**
 * A chain in which anything was changed is refused, and for no other reason than that.
 */

import { assert, assertEquals } from "@std/assert";
import { nodeCrypto } from "../../../../tls/crypto/node.ts";
import { run } from "../../../../io/script.ts";
import { parseCertificate } from "../../../../tls/x509/certificate.ts";
import { CertificateError } from "../../../../tls/x509/error.ts";
import { verifyPath } from "../../../../tls/x509/path/path.ts";
import type { Certificate } from "../../../../tls/x509/types.ts";
import { mintAuthority, mintCertificate } from "../../../support/certificates.ts";
import { nameConstraints, trust } from "./path_support.ts";

Deno.test("verifyPath: a bit flipped in any byte of a certificate makes it refused", async () => {
  const root = await mintAuthority({ keyType: "ed25519" });
  const extensions = [nameConstraints({ permitted: ["example.com"] })];
  const issuer = await mintAuthority({ keyType: "ed25519", issuer: root, extensions, pathLength: 0 });
  const leaf = await mintCertificate(issuer, {
    keyType: "ed25519",
    names: ["example.com"],
    ips: ["192.0.2.1"],
  });
  const roots = trust(root);
  const verdict = (endEntity: Uint8Array, other: Uint8Array): string => {
    const intermediates: Certificate[] = [];
    try {
      intermediates.push(parseCertificate(other));
      // With this provider nothing is asynchronous.
      const path = run(verifyPath(parseCertificate(endEntity), intermediates, {
        provider: nodeCrypto(),
        roots,
        purpose: "server_auth",
        time: new Date(),
      }));
      assert(!(path instanceof Promise));
      return "accepted";
    } catch (error) {
      assert(error instanceof CertificateError, String(error));
      return error.code;
    }
  };
  assertEquals(verdict(leaf.certDer, issuer.certDer), "accepted");
  const codes = new Set<string>();
  for (
    const [minted, put] of [
      [leaf, (der: Uint8Array) => verdict(der, issuer.certDer)],
      [issuer, (der: Uint8Array) => verdict(leaf.certDer, der)],
    ] as const
  ) {
    for (let at = 0; at < minted.certDer.length; at++) {
      const changed = minted.certDer.slice();
      changed[at] = (changed[at] ?? 0) ^ 1 << at % 8;
      codes.add(put(changed));
    }
  }
  assert(!codes.has("accepted"));
  // What can be read is refused for its signature, or for what the change makes it say.
  for (const code of ["bad_signature", "unknown_issuer", "bad_der"]) assert(codes.has(code), code);
});
