/** HelloRetryRequests that a client refuses, and ServerHellos that do not fit to one, row by row. */

import { tls12SuitesOf } from "../../../../tls/crypto/tls12_suites.ts";
import type { ClientContext } from "../../../../tls/handshake/client/context.ts";
import type { ServerHello } from "../../../../tls/wire/messages.ts";
import { ExtensionType, NamedGroup } from "../../../../tls/wire/numbers.ts";
import {
  GCM_256,
  hello,
  keyShare,
  type Refusal,
  SUITE,
  testRefusals,
  TWO_SUITES,
  UNKNOWN_EXTENSION,
} from "./client_refusals.ts";
import { type Deviations, retryFor, withExtension } from "./scripted_server_handshake.ts";

function retry(changes: Partial<ServerHello>): Deviations {
  return { retries: [retryFor("secp384r1", SUITE, changes)] };
}

const BOTH_VERSIONS: Partial<ClientContext> = { tls12Suites: tls12SuitesOf([SUITE]) };

const ROWS: readonly Refusal[] = [
  {
    name: "bad input 29: a second HelloRetryRequest",
    deviations: { retries: [retryFor("secp384r1", SUITE), retryFor("secp256r1", SUITE)] },
    code: "unexpected_message",
    alert: "unexpected_message",
    message: /second/,
  },
  {
    name: "bad input 29: a HelloRetryRequest that asks for no change",
    deviations: {
      retries: [(client) => {
        const { selectedGroup: _, ...request } = retryFor("x25519", SUITE)(client);
        return { ...request, extensionOrder: [ExtensionType.supported_versions] };
      }],
    },
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest for a group of which a key share was sent",
    deviations: { retries: [retryFor("x25519", SUITE)] },
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest for a group that was not offered",
    deviations: retry({ selectedGroup: 0x0100 }),
    code: "illegal_hello_retry_request",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 29: a HelloRetryRequest with another session ID",
    deviations: retry({ sessionId: new Uint8Array(32) }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with a suite that was not offered",
    deviations: retry({ cipherSuite: 0x1303 }),
    context: TWO_SUITES,
    code: "unoffered_cipher_suite",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with compression",
    deviations: retry({ compressionMethod: 1 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
    message: /^Cannot accept HelloRetryRequest: /,
  },
  {
    name: "bad input 27: TLS 1.2 by supported_versions in a HelloRetryRequest",
    deviations: retry({ selectedVersion: 0x0303 }),
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 27: a HelloRetryRequest without supported_versions",
    deviations: {
      retries: [(client) => {
        const { selectedVersion: _, ...request } = retryFor("secp384r1", SUITE)(client);
        return { ...request, extensionOrder: [ExtensionType.key_share] };
      }],
    },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "bad input 27: a ServerHello of TLS 1.2 behind a HelloRetryRequest",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      serverHello: ({ selectedVersion: _, keyShare: __, ...honest }) => ({ ...honest, extensionOrder: [] }),
    },
    context: BOTH_VERSIONS,
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a HelloRetryRequest with an extension that was not asked for",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      bytes: (type, encoded) =>
        type === "hello_retry_request" ? withExtension(encoded, 74, UNKNOWN_EXTENSION) : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
  },
  {
    name: "a HelloRetryRequest that answers Encrypted ClientHello, which was not offered",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      bytes: (type, encoded) =>
        type === "hello_retry_request"
          ? withExtension(encoded, 74, ExtensionType.encrypted_client_hello, new Uint8Array(8))
          : encoded,
    },
    code: "unsupported_extension",
    alert: "unsupported_extension",
    message: /^Cannot accept HelloRetryRequest: /,
  },
  {
    name: "a ServerHello with another suite than the HelloRetryRequest before it",
    deviations: { retries: [retryFor("secp384r1", SUITE)], ...hello({ cipherSuite: GCM_256.id }) },
    code: "illegal_parameter",
    alert: "illegal_parameter",
  },
  {
    name: "a ServerHello with another group than the HelloRetryRequest before it",
    deviations: {
      retries: [retryFor("secp384r1", SUITE)],
      ...keyShare(NamedGroup.x25519, new Uint8Array(32).fill(9)),
    },
    code: "unoffered_group",
    alert: "illegal_parameter",
  },
];

testRefusals(ROWS);
