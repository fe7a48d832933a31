/**
 * The cases of x509-limbo that come out otherwise here than they say, and why.
 *
 * @module
 */

/** Cases with one reason. */
export interface LimboException {
  readonly ids: readonly string[];
  readonly reason: string;
}

/** All of them. */
export const EXCEPTIONS: readonly LimboException[] = [
  {
    ids: ["pathlen::validation-ignores-pathlen-in-leaf", "rfc5280::ca-as-leaf"],
    reason: "an authority's certificate is not taken from a peer, as webpki::ca-as-leaf has it, " +
      "with which these are in conflict",
  },
  {
    ids: [
      "rfc5280::validity::expired-root",
      "rfc5280::root-missing-basic-constraints",
      "rfc5280::root-non-critical-basic-constraints",
      "rfc5280::ski::root-missing-ski",
      "rfc5280::aki::cross-signed-root-missing-aki",
      "webpki::aki::root-with-aki-missing-keyidentifier",
      "webpki::aki::root-with-aki-authoritycertissuer",
      "webpki::aki::root-with-aki-authoritycertserialnumber",
      "webpki::aki::root-with-aki-all-fields",
      "webpki::aki::root-with-aki-ski-mismatch",
      "webpki::eku::root-has-eku",
    ],
    reason:
      "a root is a name and a key, whose certificate is only how they are passed (RFC 5280 §6.1.1 (d), §6.2); " +
      "what else it says is the choice of the user who trusts it",
  },
  {
    ids: [
      "rfc5280::aki::leaf-missing-aki",
      "rfc5280::aki::intermediate-missing-aki",
      "rfc5280::ski::intermediate-missing-ski",
    ],
    reason: "key identifiers help to find a path and are no part of what makes one valid (RFC 5280 §6.1); " +
      "private authorities leave them out",
  },
  {
    ids: ["rfc5280::nc::permitted-dns-match-noncritical"],
    reason:
      "name constraints hold whether they are critical or not, as webpki::nc::permitted-dns-match-noncritical " +
      "has it, with which this is in conflict",
  },
  {
    ids: ["rfc5280::nc::invalid-dnsname-leading-period"],
    reason: "a constraint with a period in front is what authorities write, and Mozilla imposes; " +
      "it is taken as one for what is below the name",
  },
  {
    ids: ["rfc5280::pc::ica-noncritical-pc"],
    reason: "policies are not processed, and those that are not critical need not be (RFC 5280 §4.2)",
  },
  {
    ids: [
      "rfc5280::serial::too-long",
      "rfc5280::serial::zero",
      "rfc5280::san::noncritical-with-empty-subject",
      "rfc5280::leaf-ku-keycertsign",
      "rfc5280::nc::not-allowed-in-ee-critical",
      "rfc5280::nc::not-allowed-in-ee-noncritical",
    ],
    reason:
      "authorities have issued such certificates, and rustls-webpki, OpenSSL and Go all accept them from a trusted " +
      "one; nothing that is decided here depends on the number, on the mark, or on what an authority alone could use",
  },
  {
    ids: ["rfc5280::san::underscore-dns"],
    reason: "names with underscores are in use, and one that was asked for can only match itself",
  },
  {
    ids: [
      "webpki::cn::ipv4-hex-mismatch",
      "webpki::cn::ipv4-leading-zeros-mismatch",
      "webpki::cn::ipv6-uppercase-mismatch",
      "webpki::cn::ipv6-uncompressed-mismatch",
      "webpki::cn::ipv6-non-rfc5952-mismatch",
      "webpki::cn::punycode-not-in-san",
      "webpki::cn::utf8-vs-punycode-mismatch",
      "webpki::cn::not-in-san",
      "webpki::cn::case-mismatch",
    ],
    reason: "common names are ignored: no server is identified by them (RFC 9525 §2)",
  },
  {
    ids: [
      "webpki::eku::ee-anyeku",
      "webpki::eku::ee-critical-eku",
      "webpki::eku::ee-without-eku",
      "webpki::san::san-critical-with-nonempty-subject",
    ],
    reason:
      "rules of the CA/Browser Forum for public authorities (the purpose asked for is named, or none is; the " +
      "names are the same), which private ones do not know; rfc5280::eku::ee-without-eku has to be accepted",
  },
  {
    ids: [
      "webpki::san::public-suffix-multi-label-wildcard-san",
      "webpki::san::public-suffix-private-namespace-wildcard-san",
    ],
    reason:
      "it takes the Public Suffix List to know, which changes every week; authorities have to look there",
  },
];
