/** Servers that deviate from the protocol, and the refusal of the client, row by row. */

import { assertEquals, assertMatch } from "@std/assert";
import type { CipherSuite } from "../../../../tls/crypto/provider.ts";
import { alertFor, type TlsErrorCode } from "../../../../tls/error/tls_error.ts";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import type { AlertName } from "../../../../tls/error/alert_description.ts";
import type { ServerHello } from "../../../../tls/wire/messages.ts";
import { clientContext, play, refusalOf, suiteOf } from "./client_support.ts";
import type { Deviations } from "./scripted_server_handshake.ts";

/** A server that deviates, and the error and the alert of the client. */
export interface Refusal {
  readonly name: string;
  readonly deviations: Deviations;
  readonly context?: Partial<ClientContext>;
  readonly code: TlsErrorCode;
  readonly alert: AlertName;
  readonly message?: RegExp;
}

/** The suite that the server of the rows chooses. */
export const SUITE: CipherSuite = suiteOf("TLS_AES_128_GCM_SHA256");
/** Another suite that the client offers. */
export const GCM_256: CipherSuite = suiteOf("TLS_AES_256_GCM_SHA384");
/** A client without the third suite. */
export const TWO_SUITES: Partial<ClientContext> = { suites: [SUITE, GCM_256] };
/** Type of an unknown extension. */
export const UNKNOWN_EXTENSION = 0xfaf0;

/** A ServerHello with other fields. */
export function hello(changes: Partial<ServerHello>): Deviations {
  return { serverHello: (honest) => ({ ...honest, ...changes }) };
}

/** A ServerHello with another key share. */
export function keyShare(group: number, keyExchange: Uint8Array): Deviations {
  return hello({ keyShare: { group, keyExchange } });
}

/** A test for each row. */
export function testRefusals(rows: readonly Refusal[]): void {
  for (const { name, deviations, context = {}, code, alert, message } of rows) {
    Deno.test(`client refuses: ${name}`, async () => {
      const { client } = await play(deviations, clientContext(context));
      const error = refusalOf(client, code);
      assertEquals(alertFor(error), alert);
      if (message !== undefined) assertMatch(error.message, message);
      assertMatch(error.message, /^Cannot [a-z]+ .*[^.]$/);
    });
  }
}
