/**
 * Ductile's client.
 *
 * @module
 */

import { Client } from "../../mod.ts";
import type { ClientKind } from "./client.ts";
import { FetchLike } from "./fetch_like.ts";

/** `Client` over Deno's TLS, which is the default. */
export const ductile: ClientKind = {
  name: "Ductile",
  role: "ductile",
  protocols: ["http/1.1", "h2"],
  uploads: true,
  open({ protocol, caCert, origin }) {
    const client = new Client({ caCerts: [caCert], protocols: [protocol] });
    return Promise.resolve(
      new FetchLike(origin, (url, init) => client.fetch(url, init), () => client.close()),
    );
  },
};
