/**
 * Fuzzes what reads things that come from elsewhere than the connection: revocation lists, constraints, keys, PEM,
 * tickets, what a store kept; and the deframer, which sees each byte first.
 *
 * What has to hold, whatever comes: it is read or refused in the way that this reader refuses, nothing else is
 * thrown; and what was read holds together: a ticket that was changed opens nothing, what can be written again is
 * the same, and how bytes were cut makes no difference.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { decodePemBlock, readPemBlocks } from "../../io/pem.ts";
import { readPrivateKey } from "../../tls/crypto/pkcs8.ts";
import { readPublicKey } from "../../tls/crypto/public_key.ts";
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from "../../tls/crypto/ecdsa_signature.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { decodeSession, encodeSession } from "../../tls/handshake/server/server_session.ts";
import { Deframer } from "../../tls/record/deframer.ts";
import { deserializeSession, serializeSession } from "../../tls/session/serialized_session.ts";
import { rotatingTicketer } from "../../tls/session/ticketer.ts";
import { parseRevocationList } from "../../tls/x509/revocation/crl.ts";
import { readIssuingDistributionPoint } from "../../tls/x509/revocation/crl_scope.ts";
import { DerError } from "../../tls/der/der.ts";
import { CertificateError } from "../../tls/x509/error.ts";
import { parseNameConstraints } from "../../tls/x509/names/name_constraints.ts";
import { RootCertStore } from "../../tls/x509/root_cert_store.ts";
import { Random } from "../http2/hpack/octets.ts";
import { distributionPoint } from "../support/crls.ts";
import { bitString, explicit, implicit, integer, octetString, oid, sequence, value } from "../support/der.ts";
import { nullProvider } from "../support/null_provider.ts";
import { encodePem } from "../../io/pem_writer.ts";
import {
  CA,
  certificateOf,
  dns,
  EC_KEY,
  ECDSA_SHA256,
  extension,
  ip,
  nameOf,
  octets,
  utcTime,
} from "../tls/x509/certificate_parts.ts";
import { inputs, seed } from "./support/amount.ts";
import { changeBytes } from "./support/tls_mutations.ts";

/** Inputs to try with each reader in the gate. */
const INPUTS = inputs(3_000);

/** What is fuzzed. */
interface Reader {
  readonly name: string;
  /** What it reads; the inputs are made of these. */
  readonly samples: readonly Uint8Array[];
  /** Reads; gives what does not hold, if anything does not. `isSample`: the input is as it was. */
  readonly read: (input: Uint8Array, random: Random) => string | undefined;
  /** Whether it refuses like that. */
  readonly refuses: (error: unknown) => boolean;
}

const EARLIER = utcTime("260501000000Z");

/** A CRL of three entries without a valid signature; nothing in it is random. */
const CRL = sequence(
  sequence(
    integer(1),
    ECDSA_SHA256,
    nameOf("issuer"),
    EARLIER,
    utcTime("260701000000Z"),
    sequence(
      sequence(integer(5), EARLIER),
      sequence(integer(77_777), EARLIER, sequence(extension("2.5.29.21", value(0x0a, Uint8Array.of(1))))),
      sequence(integer(127), EARLIER),
    ),
    explicit(
      0,
      sequence(
        extension("2.5.29.20", integer(9)),
        extension("2.5.29.28", distributionPoint({ uris: ["http://a.test/crl"], onlyUserCerts: true }), true),
      ),
    ),
  ),
  ECDSA_SHA256,
  bitString(Uint8Array.of(1, 2, 3)),
);

const CONSTRAINTS = sequence(
  value(
    0xa0,
    ...[dns("test"), explicit(4, nameOf("a")), implicit(1, octets("a.test"))].map((name) => sequence(name)),
  ),
  value(0xa1, ...[dns("b.a.test"), ip(192, 0, 2, 0, 255, 255, 255, 0)].map((name) => sequence(name))),
);

/** PKCS #8 of a P-256 key that is 7 all over, with SEC1 inside. */
const EC_PRIVATE_KEY = sequence(
  integer(0),
  sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
  octetString(sequence(integer(1), octetString(new Uint8Array(32).fill(7)))),
);
const ED25519_PRIVATE_KEY = sequence(
  integer(0),
  sequence(oid("1.3.101.112")),
  octetString(octetString(new Uint8Array(32).fill(7))),
);

const ECDSA_SIGNATURE = decodeHex("30060201050201" + "7f");

const NOW = new Date("2026-06-01T00:00:00Z");
const ticketer = rotatingTicketer(nullProvider());
const SECRET = octets("what only the server knows");

const SESSION = encodeSession({
  suite: 0x1301,
  psk: new Uint8Array(32).fill(9),
  issued: NOW.getTime(),
  ageAdd: 0x01020304,
  maxEarlyDataSize: 16_384,
  alpnProtocol: "h2",
  authenticated: NOW.getTime(),
  identity: new Uint8Array(32),
  serverName: "example.com",
  clientChain: [certificateOf(), octets("another")],
});

const CLIENT_SESSION = {
  owner: undefined,
  policy: () => Uint8Array.of(0b10001, 4, 3),
  serverName: "example.com",
  keyExchangeGroup: "x25519",
  ticket: octets("ticket"),
  received: NOW.getTime(),
  authenticated: NOW.getTime(),
  expires: NOW.getTime() + 3_600_000,
  certificates: [certificateOf(), octets("another")],
  ocspResponse: octets("OCSP"),
  identity: { schemes: [0x0403], authorities: [octets("name")], chain: [octets("own")] },
} as const;
const CLIENT_SESSIONS = [
  serializeSession({
    ...CLIENT_SESSION,
    protocolVersion: "TLSv1.3",
    suite: { id: 0x1301, name: "TLS_AES_128_GCM_SHA256", hash: "SHA-256" },
    psk: new Uint8Array(32).fill(9),
    ageAdd: 0x01020304,
    maxEarlyDataSize: 16_384,
    alpnProtocol: "h2",
  }),
  serializeSession({
    ...CLIENT_SESSION,
    protocolVersion: "TLSv1.2",
    suite: { id: 0xc02b, name: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", hash: "SHA-256" },
    mainSecret: new Uint8Array(48).fill(9),
    sessionId: new Uint8Array(32).fill(7),
  }),
];

const decoder = new TextDecoder("latin1");

const READERS: readonly Reader[] = [
  {
    name: "a revocation list",
    samples: [CRL],
    read: (input) => {
      const list = parseRevocationList(input);
      const revoked = list.find(Uint8Array.of(5));
      if (revoked !== undefined && Number.isNaN(revoked.date.getTime())) return "tells of no date";
      return list.size > input.length / 10 ? "finds more than there is" : undefined;
    },
    refuses: isTlsError("bad_revocation_list"),
  },
  {
    name: "the scope of a revocation list",
    samples: [
      distributionPoint({ uris: ["http://a.test/crl", "ldap://b"], onlyCaCerts: true }),
      distributionPoint({ onlyUserCerts: true }),
    ],
    read: (input) => void readIssuingDistributionPoint(input),
    refuses: (error) => error instanceof DerError,
  },
  {
    name: "name constraints",
    samples: [CONSTRAINTS],
    read: (input) => void parseNameConstraints(input),
    refuses: (error) => error instanceof CertificateError,
  },
  {
    name: "a root",
    samples: [
      certificateOf({ issuer: nameOf("root"), subject: nameOf("root"), extensions: [CA] }),
      certificateOf(),
    ],
    read: (input) => {
      const { size } = RootCertStore.fromDer([input]);
      return size === 1 ? undefined : `takes ${size} roots for one`;
    },
    refuses: (error) => isTlsError("bad_certificate_pem")(error) || error instanceof CertificateError,
  },
  {
    name: "a private key",
    samples: [EC_PRIVATE_KEY, ED25519_PRIVATE_KEY],
    read: (input) => void readPrivateKey(input),
    refuses: isTlsError("bad_key_pem"),
  },
  {
    name: "a public key",
    samples: [EC_KEY],
    read: (input) => readPublicKey(input) === null ? REFUSED : undefined,
    refuses: () => false,
  },
  {
    name: "an ECDSA signature",
    samples: [ECDSA_SIGNATURE],
    read: (input) => {
      const raw = ecdsaSignatureFromDer("P-256", input);
      if (raw === null) return REFUSED;
      return equals(ecdsaSignatureToDer(raw), input) ? undefined : "has a second form";
    },
    refuses: () => false,
  },
  {
    name: "PEM",
    samples: [
      octets(`text\n${encodePem("CERTIFICATE", octets("a certificate"))}${encodePem("X", octets("x"))}\r\n`),
    ],
    read: (input) => {
      for (const block of readPemBlocks(decoder.decode(input))) {
        const again = readPemBlocks(encodePem(block.label, decodePemBlock(block)));
        const [first] = again;
        if (first === undefined || first.label !== block.label || again.length > 1) return "does not return";
        if (!equals(decodePemBlock(first), decodePemBlock(block))) return "does not return";
      }
      return undefined;
    },
    refuses: (error) => error instanceof SyntaxError,
  },
  {
    name: "a session",
    samples: [SESSION],
    read: (input) => {
      const session = decodeSession(input);
      if (session === undefined) return REFUSED;
      // A name that is no UTF-8 is another one afterwards, and so is a time that no double holds.
      const times = [session.authenticated, session.issued];
      if (session.serverName?.includes("\ufffd") || times.some((time) => time > Number.MAX_SAFE_INTEGER)) {
        return undefined;
      }
      return equals(encodeSession(session), input) ? undefined : "does not return";
    },
    refuses: () => false,
  },
  {
    name: "a client's session as bytes",
    samples: CLIENT_SESSIONS,
    read: (input) => {
      const session = deserializeSession(input);
      if (session === undefined) return REFUSED;
      return equals(serializeSession(session), input) ? undefined : "does not return";
    },
    refuses: () => false,
  },
  {
    name: "a ticket",
    samples: [await ticketer.seal(SECRET, NOW), await ticketer.seal(SECRET, NOW)],
    read: (input) => {
      const opened = ticketer.open(input, NOW);
      if (opened === undefined) return REFUSED;
      if (opened instanceof Promise) return "waits, although all answers are here";
      return equals(opened, SECRET) ? undefined : "opens what was changed";
    },
    refuses: () => false,
  },
  {
    name: "the stream of records",
    samples: [
      concat([
        Uint8Array.of(22, 3, 1, 0, 3, 1, 2, 3),
        Uint8Array.of(20, 3, 3, 0, 1, 1),
        Uint8Array.of(23, 3, 3, 0, 0),
        concat([Uint8Array.of(23, 3, 3, 1, 44), new Uint8Array(300)]),
      ]),
    ],
    read: (input, random) => {
      const whole = deframe([input.slice()]);
      const cut = deframe(pieces(input, random));
      if (whole.text !== cut.text) return `depends on the cut: ${whole.text} or ${cut.text}`;
      return whole.isRefused ? REFUSED : undefined;
    },
    refuses: () => false,
  },
];

/** What a reader that does not throw gives for what it refuses. */
const REFUSED = "refused";

function isTlsError(code: TlsError["code"]): (error: unknown) => boolean {
  return (error) => error instanceof TlsError && error.code === code;
}

/** Cuts anywhere. */
function pieces(input: Uint8Array, random: Random): Uint8Array[] {
  const cut: Uint8Array[] = [];
  const most = random.pick([1, 3, 40]);
  for (let at = 0; at < input.length;) {
    const piece = input.slice(at, at + 1 + random.below(most));
    cut.push(piece);
    at += piece.length;
  }
  return cut;
}

function deframe(fed: readonly Uint8Array[]): { readonly text: string; readonly isRefused: boolean } {
  const deframer = new Deframer();
  let text = "";
  let total = 0;
  let found = 0;
  try {
    for (const piece of fed) {
      deframer.receive(piece);
      total += piece.length;
      for (let record = deframer.next(); record !== undefined; record = deframer.next()) {
        text += `${record.type} ${encodeHex(record.header)} ${encodeHex(record.payload)}\n`;
        found += record.header.length + record.payload.length;
      }
      // What it was lent it gives back.
      deframer.detach();
      piece.fill(0xdb);
      if (deframer.buffered + found !== total) {
        throw new Error(`of ${total} bytes it has ${deframer.buffered}`);
      }
    }
    return { text, isRefused: false };
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    return { text: `${text}${error.code}`, isRefused: true };
  }
}

for (const reader of READERS) {
  Deno.test(`fuzz: ${reader.name} is read or refused`, () => {
    const counts = { read: 0, refused: 0 };
    assertEquals(findFault(reader, counts), undefined);
    assert(counts.read > INPUTS / 20 && counts.refused > INPUTS / 20, JSON.stringify(counts));
  });

  Deno.test(`fuzz: a reader of ${reader.name} is found out that crashes`, () => {
    const crashes: Reader = {
      ...reader,
      read: (input, random) => {
        // As if the twelfth byte counted words, and were never checked.
        if (input.length < 12) return reader.read(input, random);
        new DataView(input.buffer, input.byteOffset, input.length).getUint8(4 * (input[11] ?? 0));
        return reader.read(input, random);
      },
    };
    assertStringIncludes(findFault(crashes) ?? "nothing", "throws RangeError");
  });
}

function findFault(reader: Reader, counts = { read: 0, refused: 0 }): string | undefined {
  const first = seed(1);
  for (let at = first; at < first + INPUTS; at++) {
    const random = new Random(Math.imul(at, 0x2545f491));
    const sample = random.pick(reader.samples);
    const isSample = random.below(8) === 0;
    const input = isSample ? sample.slice() : changeBytes(sample, random).slice();
    const wire = encodeHex(input);
    try {
      const fault = reader.read(input, random);
      if (fault === REFUSED) {
        if (isSample) return `seed ${at}: refuses what is right`;
        counts.refused++;
      } else if (fault !== undefined) return `seed ${at}: ${wire} ${fault}`;
      else counts.read++;
    } catch (error) {
      if (!reader.refuses(error)) return `seed ${at}: ${wire} throws ${error}`;
      if (isSample) return `seed ${at}: refuses what is right: ${error}`;
      counts.refused++;
    }
  }
  return undefined;
}
