/**
 * The extensions of handshake messages, field by field. Each has its form from its own RFC, whether or not it is used
 * here; one that is not known is shown as bytes.
 *
 * @module
 */

import { formatName } from "../x509/names/distinguished_name.ts";
import type { ExtensionPlace } from "./extension_place.ts";
import type { FieldReader } from "./field_reader.ts";
import { CERTIFICATE_TYPES, COMPRESSION_ALGORITHMS } from "./enum_names.ts";
import { dissectOcspResponse } from "./dissect_ocsp.ts";
import { dissectEchConfigs, dissectEncryptedClientHello } from "./dissect_ech.ts";
import {
  enumName,
  extensionName,
  groupName,
  isGrease,
  signatureSchemeName,
  versionName,
} from "./registry_names.ts";
import { lengthText, quoted } from "./visible_text.ts";

/** Reads a block of extensions with its length in front. */
export function dissectExtensions(reader: FieldReader, place: ExtensionPlace): void {
  reader.vector("extensions", 2, (block) => {
    let count = 0;
    block.entries((entry) => {
      count++;
      entry.group("", (extension) => dissectExtension(extension, place));
    });
    return `${count} ${count === 1 ? "extension" : "extensions"}`;
  });
}

function dissectExtension(reader: FieldReader, place: ExtensionPlace): string {
  let type = 0;
  reader.number("extension_type", 2, (value) => {
    type = value;
    return `${extensionName(value)} (${value})`;
  });
  reader.vector("extension_data", 2, (data) => readExtension(type, data, place));
  return `${extensionName(type)} (${type})`;
}

/** Reads the data of an extension. @returns Its value as one text; `undefined`: its length says enough. */
function readExtension(type: number, data: FieldReader, place: ExtensionPlace): string | undefined {
  if (isGrease(type)) {
    data.rest("opaque");
    return "means nothing: the other end must ignore it (RFC 8701)";
  }
  const read = place === "ClientHello" ? IN_CLIENT_HELLO[type] : undefined;
  const chosen = read ?? ELSEWHERE[type];
  if (chosen === undefined) {
    const { left } = data;
    data.rest("opaque");
    return left === 0 ? "empty" : lengthText(left);
  }
  return chosen(data, place);
}

type ReadExtension = (data: FieldReader, place: ExtensionPlace) => string | undefined;

/** The extensions of a ClientHello that have another form, or none, in other messages. */
const IN_CLIENT_HELLO: Readonly<Partial<Record<number, ReadExtension>>> = {
  5: readStatusRequest,
  16: readProtocols,
  19: readCertificateTypes,
  20: readCertificateTypes,
  41: readOfferedPsks,
  43: (data) => readVector(data, "versions", 1, 2, versionName),
  51: readClientShares,
  58: (data) => {
    const fresh = data.number("new_session_count", 1);
    const resumed = data.number("resumption_count", 1);
    return `${fresh} after a full handshake, ${resumed} after a resumption`;
  },
  0xfe0d: dissectEncryptedClientHello,
};

/** The other extensions, in any message. */
const ELSEWHERE: Readonly<Partial<Record<number, ReadExtension>>> = {
  0: readServerName,
  1: (data) => readOne(data, "MaxFragmentLength", 1, enumName(FRAGMENT_LENGTHS)),
  5: (data, place) => {
    if (place !== "Certificate") return emptied(data);
    data.number("status_type", 1, enumName({ 1: "ocsp" }));
    dissectOcspResponse(data);
    return undefined;
  },
  10: (data) => readVector(data, "named_group_list", 2, 2, groupName),
  11: (data) => readVector(data, "ec_point_format_list", 1, 1, enumName(POINT_FORMATS)),
  13: (data) => readVector(data, "supported_signature_algorithms", 2, 2, signatureSchemeName),
  16: readProtocols,
  19: (data) => readOne(data, "client_certificate_type", 1, CERTIFICATE_TYPES),
  20: (data) => readOne(data, "server_certificate_type", 1, CERTIFICATE_TYPES),
  21: (data) => {
    const { left } = data;
    data.rest("zeros");
    return `${lengthText(left)} of padding`;
  },
  23: emptied,
  27: (data) => readVector(data, "algorithms", 1, 2, COMPRESSION_ALGORITHMS),
  28: (data) => `${data.number("RecordSizeLimit", 2)} bytes`,
  35: (data) => {
    const { left } = data;
    data.rest("ticket");
    return left === 0
      ? "empty: there is no ticket, and one is wished for"
      : `a ticket of ${lengthText(left)}`;
  },
  41: (data) => `identity ${data.number("selected_identity", 2)} is accepted`,
  42: (data, place) => {
    if (place !== "NewSessionTicket") return emptied(data);
    return `${data.number("max_early_data_size", 4)} bytes of early data are allowed`;
  },
  43: (data) => readOne(data, "selected_version", 2, versionName),
  44: (data) => lengthText(data.opaque("cookie", 2).length),
  45: (data) => readVector(data, "ke_modes", 1, 1, enumName({ 0: "psk_ke", 1: "psk_dhe_ke" })),
  47: readAuthorities,
  49: emptied,
  50: (data) => readVector(data, "supported_signature_algorithms", 2, 2, signatureSchemeName),
  51: readServerShare,
  58: (data) => `${data.number("expected_count", 1)} tickets will come`,
  0xfe0d: dissectEchConfigs,
  0xff01: (data) => {
    const { length } = data.opaque("renegotiated_connection", 1);
    return length === 0 ? "empty: this is the first handshake of the connection" : lengthText(length);
  },
};

/** Reads one number, whose name is the value of the extension. */
function readOne(data: FieldReader, name: string, width: 1 | 2, show: (value: number) => string): string {
  return show(data.number(name, width, show));
}

function emptied(_data: FieldReader): string {
  return "empty";
}

function readVector(
  data: FieldReader,
  name: string,
  width: 1 | 2,
  each: 1 | 2,
  show: (value: number) => string,
): string {
  let names = "";
  data.vector(name, width, (list) => names = list.numbers(each, show));
  return names;
}

function readServerName(data: FieldReader): string {
  if (data.left === 0) return "empty: the name was used";
  const names: string[] = [];
  data.vector("server_name_list", 2, (list) =>
    list.entries((entry, name) =>
      entry.group(name, (each) => {
        each.number("name_type", 1, enumName({ 0: "host_name" }));
        const host = quoted(each.opaque("HostName", 2, quoted));
        names.push(host);
        return host;
      })
    ));
  return names.join(", ");
}

function readStatusRequest(data: FieldReader): string {
  const type = data.number("status_type", 1, enumName({ 1: "ocsp" }));
  if (type !== 1) {
    data.rest("request");
    return `status type ${type}`;
  }
  data.opaque("responder_id_list", 2);
  data.opaque("request_extensions", 2);
  return "asks for an OCSP response";
}

function readProtocols(data: FieldReader): string {
  const names: string[] = [];
  data.vector("protocol_name_list", 2, (list) =>
    list.entries((entry, index) => {
      names.push(quoted(entry.opaque(`ProtocolName${index}`, 1, quoted)));
    }));
  return names.join(", ");
}

function readCertificateTypes(data: FieldReader): string {
  return readVector(data, "certificate_types", 1, 1, CERTIFICATE_TYPES);
}

function readOfferedPsks(data: FieldReader): string {
  let count = 0;
  data.vector("identities", 2, (list) =>
    list.entries((entry, name) =>
      entry.group(name, (each) => {
        count++;
        const { length } = each.opaque("identity", 2);
        each.number("obfuscated_ticket_age", 4);
        return `a ticket of ${lengthText(length)}`;
      })
    ));
  data.vector(
    "binders",
    2,
    (list) => list.entries((entry, name) => void entry.opaque(`PskBinderEntry${name}`, 1)),
  );
  return `${count} ${count === 1 ? "ticket" : "tickets"} to resume from`;
}

function readClientShares(data: FieldReader): string {
  const groups: string[] = [];
  data.vector("client_shares", 2, (list) =>
    list.entries((entry, name) =>
      entry.group(name, (each) => {
        const group = readShare(each);
        groups.push(group);
        return group;
      })
    ));
  return groups.length === 0 ? "none: the server is to say which group it wants" : groups.join(", ");
}

/** A KeyShareEntry. @returns Its group. */
function readShare(data: FieldReader): string {
  const group = groupName(data.number("group", 2, groupName));
  data.opaque("key_exchange", 2);
  return group;
}

function readServerShare(data: FieldReader, place: ExtensionPlace): string {
  if (place === "HelloRetryRequest") return groupName(data.number("selected_group", 2, groupName));
  return readShare(data);
}

function readAuthorities(data: FieldReader): string {
  let count = 0;
  data.vector("authorities", 2, (list) =>
    list.entries((entry, name) => {
      count++;
      entry.opaque(`DistinguishedName${name}`, 2, formatName);
    }));
  return `${count} ${count === 1 ? "authority" : "authorities"}`;
}

const FRAGMENT_LENGTHS = { 1: "2^9", 2: "2^10", 3: "2^11", 4: "2^12" } as const;
const POINT_FORMATS = {
  0: "uncompressed",
  1: "ansiX962_compressed_prime",
  2: "ansiX962_compressed_char2",
} as const;
