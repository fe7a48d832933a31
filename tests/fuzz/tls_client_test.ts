/**
 * Fuzzes the client's connection with servers that are nearly honest; see `support/tls_attack.ts` for what has to
 * hold.
 *
 * @module
 */

import { makeVictims } from "./support/tls_scenarios.ts";
import { testAttacks } from "./support/tls_attack_tests.ts";

const { clients, servers } = makeVictims();
testAttacks("ClientConnection", clients, [...clients, ...servers]);
