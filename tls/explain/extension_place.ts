/**
 * The messages that have extensions.
 *
 * @module
 */

/** The message in which an extension stands; a HelloRetryRequest counts as a message of its own. */
export type ExtensionPlace =
  | "ClientHello"
  | "ServerHello"
  | "HelloRetryRequest"
  | "EncryptedExtensions"
  | "Certificate"
  | "CertificateRequest"
  | "NewSessionTicket";
