/**
 * The files and folders in which operating systems keep their roots.
 *
 * @module
 */

/** Files and folders, in the order in which they are read. */
export interface NativePaths {
  /** Bundles, of which the first one that exists is read. */
  readonly files: readonly string[];
  /** Folders of files with one or more certificates each; all that exist are read. */
  readonly directories: readonly string[];
}

/** Paths by `Deno.build.os`; the stores of macOS and Windows are no files, and only the runtime reads them. */
export const NATIVE_PATHS: Readonly<Record<string, NativePaths>> = {
  linux: {
    files: [
      "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Arch, Gentoo, NixOS
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL, CentOS, Rocky
      "/etc/pki/tls/certs/ca-bundle.crt", // older Fedora and RHEL
      "/etc/ssl/ca-bundle.pem", // openSUSE, SLES
      "/etc/pki/tls/cacert.pem", // OpenELEC
      "/etc/ssl/cert.pem", // Alpine
      "/opt/etc/ssl/certs/ca-certificates.crt", // Entware
      "/etc/ssl/certs/cacert.pem", // OpenHarmony
    ],
    directories: ["/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/security/certificates"],
  },
  android: {
    files: ["/data/data/com.termux/files/usr/etc/tls/cert.pem"],
    directories: ["/system/etc/security/cacerts", "/data/data/com.termux/files/usr/etc/tls/certs"],
  },
  freebsd: {
    files: ["/usr/local/etc/ssl/cert.pem", "/etc/ssl/cert.pem"],
    directories: ["/etc/ssl/certs", "/usr/local/share/certs"],
  },
  dragonfly: {
    files: ["/usr/local/share/certs/ca-root-nss.crt", "/etc/ssl/cert.pem"],
    directories: ["/etc/ssl/certs"],
  },
  openbsd: { files: ["/etc/ssl/cert.pem"], directories: [] },
  netbsd: { files: ["/etc/openssl/certs/ca-certificates.crt"], directories: ["/etc/openssl/certs"] },
  illumos: {
    files: ["/etc/ssl/cacert.pem", "/etc/certs/ca-certificates.crt"],
    directories: ["/etc/certs/CA"],
  },
  solaris: { files: ["/etc/certs/ca-certificates.crt"], directories: ["/etc/certs/CA"] },
  aix: { files: ["/var/ssl/certs/ca-bundle.crt"], directories: ["/var/ssl/certs"] },
  darwin: { files: [], directories: [] },
  windows: { files: [], directories: [] },
};
