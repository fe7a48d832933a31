/**
 * Deno's TLS: `Deno.connect`, then `Deno.startTls`, which is the quickest way there is to it.
 *
 * @module
 */

import { duplexLink } from "./ductile.ts";
import { dial, type TlsKind } from "./tls_client.ts";

/** `Deno.startTls`. It resumes no session. */
export const denoStartTls: TlsKind = {
  name: "Deno.startTls",
  role: "deno",
  open: (target) =>
    Promise.resolve({
      async connect() {
        const { hostname, caCert } = target;
        return duplexLink(await Deno.startTls(await dial(target), { hostname, caCerts: [caCert] }));
      },
    }),
};
