/** Compressed certificates with a browser, which takes them by Brotli. */

import { assertEquals, assertMatch } from "@std/assert";
import { platformCompressions } from "../../tls/config/platform_compression.ts";
import type { CertificateCompression } from "../../tls/mod.ts";
import { installed } from "../support/peers.ts";
import { identityOf, mintIdentity } from "./tls_identities.ts";
import { folderWith, runProgram } from "./tls_program.ts";
import { answerOneRequest, serve } from "./tls_server.ts";

Deno.test({
  name: "Chromium reads the certificate that Ductile's server compresses by Brotli",
  ignore: !installed("chromium"),
  async fn() {
    const brotli = platformCompressions().get("brotli");
    if (brotli === undefined) throw new Error("this runtime has no Brotli");
    let compressed = 0;
    const counting: CertificateCompression = {
      ...brotli,
      compress(certificate) {
        compressed++;
        return brotli.compress(certificate);
      },
    };
    const identity = identityOf(await mintIdentity("p256"));
    await using server = serve({ identity, certificateCompression: [counting] }, answerOneRequest);
    await using folder = await folderWith();
    const { output } = await runProgram([
      ...[
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--ignore-certificate-errors",
      ] as const,
      ...[`--user-data-dir=${folder.path}/profile`, "--dump-dom", `https://localhost:${server.port}/`],
    ], { cwd: folder.path, end: true });
    assertMatch(output, /hello from ductile/);
    assertEquals(compressed, 1);
  },
});
