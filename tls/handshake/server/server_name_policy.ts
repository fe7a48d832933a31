/**
 * The policy of a server for the names that clients ask for (RFC 6066 §3).
 *
 * @module
 */

import { TlsError } from "../../error/tls_error.ts";
import type { ClientHello } from "../../wire/messages.ts";
import { ExtensionType } from "../../wire/numbers.ts";
import type { ServerContext } from "./context.ts";

/**
 * Checks the kind of name in a ClientHello. The decoder reads an address as no name, and refuses what is neither.
 *
 * @throws {TlsError} `illegal_parameter` for an IP address where the policy is to refuse it: "Literal IPv4 and IPv6
 * addresses are not permitted in "HostName"." (RFC 6066 §3)
 */
export function checkServerName(
  { extensions, extensionOrder }: ClientHello,
  { invalidSniPolicy }: ServerContext,
): void {
  if (invalidSniPolicy !== "reject_all" || extensions.serverName !== undefined) return;
  if (!extensionOrder.includes(ExtensionType.server_name)) return;
  throw new TlsError("illegal_parameter", "Cannot accept ClientHello: its server_name is an IP address");
}
