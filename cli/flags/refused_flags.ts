/**
 * Flags of curl that are refused with the reason, by name or letter.
 *
 * @module
 */

import type { RefusedFlags } from "../given_flags.ts";

const BASIC_ONLY = "the only authentication is Basic; a Bearer token is given with --oauth2-bearer";
const NO_HTTP10 = "HTTP/1.1 is the oldest version that is spoken";
const NOT_PARALLEL = "URLs are fetched one after the other";

/** Why each is refused. */
export const REFUSED_FLAGS: RefusedFlags = {
  anyauth: BASIC_ONLY,
  digest: BASIC_ONLY,
  negotiate: BASIC_ONLY,
  ntlm: BASIC_ONLY,
  "aws-sigv4": BASIC_ONLY,
  "location-trusted": "credentials go to the first origin alone; give them to the other with its own URL",
  "http1.0": NO_HTTP10,
  "0": NO_HTTP10,
  "http0.9": NO_HTTP10,
  http3: "HTTP/3 is not spoken",
  "http3-only": "HTTP/3 is not spoken",
  parallel: NOT_PARALLEL,
  Z: NOT_PARALLEL,
  interface: "the runtime cannot choose the address of its own end",
  "local-port": "the runtime cannot choose the port of its own end",
  "path-as-is": "URLs are read as the URL standard says, which resolves /../",
  "proxy-insecure": "the certificate of a proxy is always verified",
  capath: "a folder of certificates is not read; name one file with --cacert",
  ciphers: "the cipher suites are not to be chosen here",
  "tls13-ciphers": "the cipher suites are not to be chosen here",
  curves: "the key exchange groups are not to be chosen here",
  "ssl-no-revoke": "revocation is not checked by default",
  sslv2: "SSL is not safe and is not spoken",
  "2": "SSL is not safe and is not spoken",
  sslv3: "SSL is not safe and is not spoken",
  "3": "SSL is not safe and is not spoken",
  pass: "encrypted keys are not read; decrypt the key first: openssl pkey -in KEY",
  "cert-type": "certificates are read as PEM alone",
  "key-type": "keys are read as PEM alone",
  trace: "--verbose shows heads, --explain shows TLS",
  "trace-ascii": "--verbose shows heads, --explain shows TLS",
};
