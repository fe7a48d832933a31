/**
 * A reader of handshake messages that says yes or no, and is written for nothing but being like the RFCs: it copies
 * what it reads, and each grammar stands where its RFC has it. What it says is what fuzzing compares with.
 *
 * @module
 */

import { normalizeServerName } from "../../../tls/names/server_name.ts";

/** Refusals of a message, as opposed to failures of this reader. */
export class Refusal extends Error {}

/**
 * Refuses what is no message of TLS 1.3, or no hello of an older version.
 *
 * @returns Whether everything that it says means something here, so that none of it may be lost.
 * @throws {Refusal}
 */
export function check(type: number, body: Uint8Array): boolean {
  const grammar = GRAMMARS.get(type);
  if (grammar === undefined) return false;
  const rest = new Octets([...body], { lossless: true });
  grammar(rest);
  rest.done();
  return rest.notes.lossless;
}

class Octets {
  constructor(readonly all: number[], readonly notes: { lossless: boolean }) {}

  number(width: number): number {
    demand(this.all.length >= width);
    return this.all.splice(0, width).reduce((number, octet) => number * 0x100 + octet, 0);
  }

  vector(width: number, floor: number, ceiling = 2 ** (8 * width) - 1): Octets {
    const length = this.number(width);
    demand(length >= floor && length <= ceiling && length <= this.all.length);
    return new Octets(this.all.splice(0, length), this.notes);
  }

  /** Items that fill all of it. */
  items<T>(item: (octets: Octets) => T): T[] {
    const items: T[] = [];
    while (this.all.length > 0) items.push(item(this));
    return items;
  }

  done(): void {
    demand(this.all.length === 0);
  }
}

function demand(holds: boolean): void {
  if (!holds) throw new Refusal("it is not like the RFC");
}

type Grammar = (octets: Octets) => void;
type Extensions = Readonly<Record<number, Grammar>>;

const uint16: Grammar = (octets) => octets.number(2);
const empty: Grammar = () => {};
const whatever: Grammar = (octets) => octets.all.splice(0);
/** What is not kept. */
const ignored: Grammar = (octets) => {
  octets.notes.lossless = false;
  octets.all.splice(0);
};
const opaque = (width: number, floor: number, ceiling?: number): Grammar => (octets) => {
  octets.vector(width, floor, ceiling);
};
const list = (width: number, floor: number, item: Grammar, ceiling?: number): Grammar => (octets) => {
  octets.vector(width, floor, ceiling).items(item);
};

/** RFC 9846 §4.3: no extension twice; those that are known are all of what they hold. */
function extensions(octets: Octets, known: Extensions, allowed?: readonly number[]): number[] {
  const types = octets.vector(2, 0).items((block) => {
    const type = block.number(2);
    const data = block.vector(2, 0);
    (known[type] ?? ignored)(data);
    data.done();
    return type;
  });
  demand(new Set(types).size === types.length);
  if (allowed !== undefined) demandPlaces(types, allowed);
  return types;
}

/** All that this project has a name for. */
const NAMED = [
  ...[0x00, 0x05, 0x0a, 0x0b, 0x0d, 0x10, 0x12, 0x13, 0x14, 0x15, 0x17, 0x1b, 0x23],
  ...[0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x3a, 0xfd00, 0xfe0d, 0xff01],
];

function demandPlaces(types: readonly number[], allowed: readonly number[]): void {
  demand(types.every((type) => allowed.includes(type) || !NAMED.includes(type)));
}

/** RFC 6066 §3 */
const serverName: Grammar = (octets) => {
  const names = octets.vector(2, 1).items((item) => ({ kind: item.number(1), name: item.vector(2, 1).all }));
  demand(new Set(names.map(({ kind }) => kind)).size === names.length);
  const host = names.find(({ kind }) => kind === 0);
  if (host === undefined) throw new Refusal("there is no name");
  try {
    const name = normalizeServerName(String.fromCharCode(...host.name));
    if (names.length > 1 || name.includes(":") || /^[0-9.]+$/.test(name)) octets.notes.lossless = false;
  } catch {
    throw new Refusal("it is no name");
  }
};

/** RFC 6066 §8 */
const statusRequest: Grammar = (octets) => {
  if (octets.number(1) !== 1) return ignored(octets);
  const [responders, extensions] = [octets.vector(2, 0), octets.vector(2, 0)];
  if (responders.all.length + extensions.all.length > 0) octets.notes.lossless = false;
};

/** RFC 9846 §4.3.8 */
const keyShare: Grammar = (octets) => {
  octets.number(2);
  octets.vector(2, 1);
};

const keyShares: Grammar = (octets) => {
  const groups = octets.vector(2, 0).items((item) => {
    const group = item.number(2);
    item.vector(2, 1);
    return group;
  });
  demand(new Set(groups).size === groups.length && groups.length <= 64);
};

/** RFC 9846 §4.3.11, but for the least length of a binder. */
const offeredPsks: Grammar = (octets) => {
  const identities = octets.vector(2, 7).items((item) => {
    item.vector(2, 1);
    item.number(4);
  });
  const binders = octets.vector(2, 2).items(opaque(1, 1));
  demand(identities.length === binders.length);
};

/** RFC 8879 §3 */
const compressions: Grammar = (octets) => {
  const algorithms = octets.vector(1, 2, 254).items(uint16Of);
  demand(new Set(algorithms).size === algorithms.length);
};
const uint16Of = (octets: Octets): number => octets.number(2);

/** RFC 9849 §5 */
const echClientHello: Grammar = (octets) => {
  const type = octets.number(1);
  demand(type <= 1);
  if (type === 1) return;
  octets.number(5);
  octets.vector(2, 0);
  octets.vector(2, 1);
};

/** RFC 9849 §4 */
const echConfigList = list(2, 4, (octets) => {
  const version = octets.number(2);
  const contents = octets.vector(2, 0);
  if (version !== 0xfe0d) return;
  contents.number(3);
  contents.vector(2, 1);
  contents.vector(2, 4).items((suite) => suite.number(4));
  contents.number(1);
  contents.vector(1, 1);
  contents.vector(2, 0).items((extension) => {
    extension.number(2);
    extension.vector(2, 0).all.splice(0);
  });
  contents.done();
});

/** RFC 7250 §4.1: the default alone is left out. */
const certificateTypes: Grammar = (octets) => {
  demand(octets.vector(1, 1).items((item) => item.number(1)).some((type) => type !== 0));
};
const uint8: Grammar = (octets) => {
  octets.number(1);
};

const protocols = list(2, 2, opaque(1, 1));
const authorities = list(2, 3, opaque(2, 1));

/** Of a ServerHello of TLS 1.2: RFC 6066 §3, RFC 7627 §5.1, RFC 5077 §3.2, RFC 8422 §5.2, RFC 7301 §3.1, RFC 5746 §3.2. */
const IN_TLS12_SERVER_HELLO: Extensions = {
  0x0000: empty,
  0x0005: empty,
  0x000b: opaque(1, 1),
  0x0010: (octets) => demand(octets.vector(2, 2).items(opaque(1, 1)).length === 1),
  0x0013: uint8,
  0x0014: uint8,
  0x0017: empty,
  0x0023: empty,
  0xff01: opaque(1, 0),
};

const IN_CLIENT_HELLO: Extensions = {
  0x0000: serverName,
  0x0005: statusRequest,
  0x000a: list(2, 2, uint16),
  0x000b: opaque(1, 1),
  0x000d: list(2, 2, uint16),
  0x0010: protocols,
  0x0013: certificateTypes,
  0x0014: certificateTypes,
  0x0017: empty,
  0x001b: compressions,
  0x0023: whatever,
  0x0029: offeredPsks,
  0x002a: empty,
  0x002b: list(1, 2, uint16, 254),
  0x002c: opaque(2, 1),
  0x002d: opaque(1, 1),
  0x002f: authorities,
  0x0032: list(2, 2, uint16),
  0x0033: keyShares,
  0x003a: uint16, // two numbers of one byte, RFC 9149 §3
  0xfe0d: echClientHello,
  0xff01: opaque(1, 0),
};

const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

const GRAMMARS: ReadonlyMap<number, Grammar> = new Map<number, Grammar>([
  [0x01, (octets) => { // ClientHello, RFC 9846 §4.2.2
    octets.number(2);
    demand(octets.all.splice(0, 32).length === 32);
    octets.vector(1, 0, 32);
    octets.vector(2, 2).items(uint16);
    octets.vector(1, 1);
    if (octets.all.length === 0) return ignored(octets);
    const types = extensions(octets, IN_CLIENT_HELLO);
    demand(!types.includes(0x0029) || types.at(-1) === 0x0029);
  }],
  [0x02, (octets) => { // ServerHello, HelloRetryRequest, RFC 9846 §4.2.3
    octets.number(2);
    const random = octets.all.splice(0, 32);
    demand(random.length === 32);
    const retry = random.map((octet) => octet.toString(16).padStart(2, "0")).join("") === RETRY;
    octets.vector(1, 0, 32);
    octets.number(3);
    if (octets.all.length === 0) return ignored(octets);
    const known: Extensions = {
      0x0029: uint16,
      0x002b: uint16,
      0x002c: opaque(2, 1),
      0x0033: retry ? uint16 : keyShare,
      ...(retry && { 0xfe0d: (data: Octets) => demand(data.all.splice(0, 8).length === 8) }),
    };
    const again = new Octets([...octets.all], { lossless: true });
    const types = extensions(octets, known);
    const places = retry ? [0x002b, 0x0033, 0x002c, 0xfe0d] : [0x002b, 0x0033, 0x0029];
    if (types.includes(0x002b)) return demandPlaces(types, places);
    extensions(again, { ...known, ...IN_TLS12_SERVER_HELLO });
  }],
  [0x04, (octets) => { // NewSessionTicket, RFC 9846 §4.7.1
    octets.number(8);
    octets.vector(1, 0);
    octets.vector(2, 1);
    extensions(octets, { 0x002a: (data) => data.number(4) }, [0x002a]);
  }],
  [0x05, empty], // EndOfEarlyData, RFC 9846 §4.6
  [0x08, (octets) => { // EncryptedExtensions, RFC 9846 §4.4.1
    const chosen: Grammar = (data) => demand(data.vector(2, 2).items(opaque(1, 1)).length === 1);
    const known = {
      0x0000: empty,
      0x000a: list(2, 2, uint16),
      0x0010: chosen,
      0x0013: uint8,
      0x0014: uint8,
      0x002a: empty,
      0x003a: uint8, // a number of one byte, RFC 9149 §3
      0xfe0d: echConfigList,
    };
    extensions(octets, known, [0x00, 0x0a, 0x10, 0x13, 0x14, 0x2a, 0x3a, 0xfe0d]);
  }],
  [0x0b, (octets) => { // Certificate, RFC 9846 §4.5.1
    octets.vector(1, 0);
    octets.vector(3, 0).items((entry) => {
      entry.vector(3, 1);
      const status: Grammar = (data) => {
        demand(data.number(1) === 1);
        data.vector(3, 1);
      };
      extensions(entry, { 0x0005: status }, [0x05, 0x12]);
    });
  }],
  [0x0d, (octets) => { // CertificateRequest, RFC 9846 §4.4.2
    octets.vector(1, 0);
    const numbers = list(2, 2, uint16);
    const known = { 0x000d: numbers, 0x001b: compressions, 0x002f: authorities, 0x0032: numbers };
    extensions(octets, known, [0x00, 0x05, 0x0d, 0x12, 0x1b, 0x2f, 0x30, 0x32]);
  }],
  [0x0f, (octets) => { // CertificateVerify, RFC 9846 §4.5.2
    octets.number(2);
    octets.vector(2, 0);
  }],
  [0x14, whatever], // Finished, RFC 9846 §4.5.3
  [0x19, (octets) => { // CompressedCertificate, RFC 8879 §4
    octets.number(5);
    octets.vector(3, 1);
  }],
  [0x18, (octets) => demand(octets.number(1) <= 1)], // KeyUpdate, RFC 9846 §4.7.3
]);
