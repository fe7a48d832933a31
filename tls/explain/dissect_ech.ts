/**
 * The extension encrypted_client_hello (RFC 9849 §5): the outer form of a ClientHello, and what a server answers. The
 * inner ClientHello is encrypted, and is not opened here.
 *
 * @module
 */

import type { ExtensionPlace } from "./extension_place.ts";
import type { FieldReader } from "./field_reader.ts";
import { enumName } from "./registry_names.ts";
import { lengthText, quoted } from "./visible_text.ts";

/** The extension of a ClientHello. */
export function dissectEncryptedClientHello(data: FieldReader): string {
  const type = data.number("type", 1, enumName({ 0: "outer", 1: "inner" }));
  if (type === 1) return "inner: this ClientHello was encrypted in another one";
  readSymmetricSuite(data);
  data.number("config_id", 1);
  data.opaque("enc", 2);
  const { length } = data.opaque("payload", 2);
  return `outer: an inner ClientHello is encrypted in ${lengthText(length)}, or they are random (GREASE)`;
}

/** The extension of a HelloRetryRequest, or of EncryptedExtensions. */
export function dissectEchConfigs(data: FieldReader, place: ExtensionPlace): string {
  if (place === "HelloRetryRequest") {
    data.rest("confirmation");
    return "whether the server has opened the inner ClientHello";
  }
  let count = 0;
  data.vector("retry_configs", 2, (list) =>
    list.entries((entry, name) =>
      entry.group(name, (config) => {
        count++;
        const version = config.number("version", 2, (value) => `0x${value.toString(16)}`);
        if (version === ECH_VERSION) return readConfig(config);
        config.opaque("contents", 2);
        return "of another version";
      })
    ));
  return `${count} ${count === 1 ? "config" : "configs"} to retry with: the inner ClientHello was not opened`;
}

const ECH_VERSION = 0xfe0d;

function readConfig(config: FieldReader): string {
  let publicName = "";
  config.vector("contents", 2, (contents) => {
    contents.number("config_id", 1);
    contents.number("kem_id", 2, enumName(KEMS));
    contents.opaque("public_key", 2);
    contents.vector(
      "cipher_suites",
      2,
      (list) => list.entries((entry, name) => entry.group(name, readSymmetricSuite)),
    );
    contents.number("maximum_name_length", 1);
    publicName = quoted(contents.opaque("public_name", 1, quoted));
    contents.opaque("extensions", 2);
  });
  return `public name ${publicName}`;
}

function readSymmetricSuite(data: FieldReader): string {
  const kdf = enumName(KDFS)(data.number("kdf_id", 2, enumName(KDFS)));
  const aead = enumName(AEADS)(data.number("aead_id", 2, enumName(AEADS)));
  return `${kdf}, ${aead}`;
}

const KEMS = {
  0x0010: "DHKEM(P-256, HKDF-SHA256)",
  0x0011: "DHKEM(P-384, HKDF-SHA384)",
  0x0012: "DHKEM(P-521, HKDF-SHA512)",
  0x0020: "DHKEM(X25519, HKDF-SHA256)",
  0x0021: "DHKEM(X448, HKDF-SHA512)",
} as const;
const KDFS = { 1: "HKDF-SHA256", 2: "HKDF-SHA384", 3: "HKDF-SHA512" } as const;
const AEADS = { 1: "AES-128-GCM", 2: "AES-256-GCM", 3: "ChaCha20Poly1305" } as const;
