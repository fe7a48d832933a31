/**
 * All limits and defaults of certificates and of the search for a certification path, with the reason for each figure.
 *
 * The peer decides how many certificates there are, what they are called and which one signed which, so every kind of
 * work that this causes has a limit. Limits of public keys are in `tls/limits.ts`, since `crypto/` keeps them too;
 * figures that an RFC fixes, such as the 20 octets of a serial number, are no limits and stand where they are used.
 *
 * @module
 */

// Reading

/**
 * One certificate, in bytes. Those of web servers have 1 to 2 KiB, of which 100 names make 6; the limit is that of a
 * whole Certificate message.
 */
export const MAX_CERTIFICATE_BYTES = 0x10000;

// The search for a certification path. Reaching one of the first four ends the search: no further path is tried.

/** Signatures that one validation checks. One takes up to 2 ms, and a chain that is needed has about 3. */
export const MAX_SIGNATURE_CHECKS = 100;

/** Looks of one search at a certificate, each of a few nanoseconds. A chain that is needed takes about 20. */
export const MAX_PATH_STEPS = 200_000;

/**
 * Paths to an anchor that one search judges. Each signature is checked once, however many paths it is part of; yet an
 * authority whose certificates are refused for their names can sign a few dozen others that form thousands of paths.
 */
export const MAX_CANDIDATE_PATHS = 1000;

/** Comparisons of a name with a name constraint in one validation: 500 names against 500 constraints. */
export const MAX_NAME_COMPARISONS = 250_000;

/**
 * Authorities between an anchor and an end entity, self-issued certificates not counted. Public paths have 1 or 2,
 * with cross-signed roots 3.
 */
export const MAX_INTERMEDIATES_IN_PATH = 6;

/** Certificates beside the end entity's that a search takes: as many as a Certificate message may bring. */
export const MAX_INTERMEDIATES_OFFERED = 64;

// Memory

/** Verified chains that one verifier remembers: more than a client has peers at a time; each takes some 5 KiB. */
export const DEFAULT_REMEMBERED_CHAINS = 64;

// Error messages

/** Names of a certificate that an error lists: a certificate can have thousands. */
export const MAX_NAMES_SHOWN = 10;

/** Characters of a distinguished name that an error shows: the maker of the certificate has chosen its length. */
export const MAX_SHOWN_NAME_LENGTH = 200;
