/**
 * Small requests through a CONNECT tunnel, beside direct ones and those through a relay of bytes: once it stands, a tunnel
 * should cost no more than the relay.
 *
 * @module
 */

import { denoTunnelled, direct, relayed, tunnelled } from "../clients/tunnelled.ts";
import type { Question } from "../harness.ts";
import { smallRequests } from "../work/small.ts";

/** HTTP/1.1 through a tunnel, 32 at once. */
export const tunnel: Question = {
  name: "tunnel",
  title: "HTTP/1.1 over TLS through a proxy, 1 KiB, 32 at once",
  unit: "req/s",
  headline: false,
  contestants: (arena) =>
    smallRequests(
      arena,
      { protocol: "http/1.1", width: 32, count: 6_400 },
      [direct, relayed, tunnelled, denoTunnelled],
    ),
};
