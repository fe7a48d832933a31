/** Whose TLS a client's connections get, and what no TLS can honour. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../../mod.ts";
import { chooseTls, protocolsOf } from "../../../client/connect/tls_choice.ts";
import { DenoTls, RootCertStore, TlsConnector } from "../../../tls/mod.ts";
import { mintAuthority } from "../../support/certificates.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
const PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const KEY_PEM = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
const IDENTITY = { cert: PEM, key: KEY_PEM };
const STORE = RootCertStore.fromPem((await mintAuthority()).certPem);

function dial(): never {
  throw new Error("Nothing is to be dialled here");
}

function verifier(): void {}

const keyLog = verifier;

function connector(...alpnProtocols: string[]): TlsConnector {
  return new TlsConnector({ dangerAcceptInvalidCerts: true, alpnProtocols });
}

/** What a client is told, whose TLS that makes it, and why. */
const CHOICES: readonly {
  readonly name: string;
  readonly options: ClientOptions;
  readonly path: "none" | "given" | "deno" | "transport" | "ductile";
  readonly because?: readonly string[];
}[] = [
  { name: "nothing at all", options: {}, path: "deno" },
  { name: "more authorities", options: { caCerts: [PEM] }, path: "deno" },
  { name: "who the client is", options: IDENTITY, path: "deno" },
  { name: "Deno's roots by name", options: { roots: "deno" }, path: "deno" },
  {
    name: "the system's roots, which can be added",
    options: { roots: "native", caCerts: PEM },
    path: "deno",
  },
  { name: "the protocols", options: { protocols: ["http/1.1"] }, path: "deno" },
  {
    name: "that certificates are verified",
    options: { dangerAcceptInvalidCerts: false, dangerAcceptInvalidHostnames: false },
    path: "deno",
  },
  { name: "that there is no TLS", options: { tls: false }, path: "none" },
  { name: "that there is no TLS, and how to dial", options: { tls: false, dial }, path: "none" },
  { name: "a DenoTls", options: { tls: new DenoTls() }, path: "given" },
  { name: "a DenoTls, and how to dial", options: { tls: new DenoTls(), dial }, path: "given" },
  { name: "a TlsConnector", options: { tls: connector() }, path: "given" },
  { name: "how to dial", options: { dial }, path: "transport" },
  { name: "how to dial, and more authorities", options: { dial, caCerts: PEM }, path: "transport" },
  { name: "how to dial, and the system's roots", options: { dial, roots: "native" }, path: "transport" },
  {
    name: "how to dial, and who the client is",
    options: { dial, ...IDENTITY },
    path: "ductile",
    because: ["dial", "cert"],
  },
  { name: "Mozilla's roots", options: { roots: "mozilla" }, path: "ductile", because: ["roots"] },
  { name: "roots of its own", options: { roots: STORE }, path: "ductile", because: ["roots"] },
  {
    name: "where to get roots",
    options: { roots: () => Promise.resolve(STORE) },
    path: "ductile",
    because: ["roots"],
  },
  { name: "a verifier", options: { verifier }, path: "ductile", because: ["verifier"] },
  { name: "pins", options: { pins: [PIN] }, path: "ductile", because: ["pins"] },
  {
    name: "pins as curl has them",
    options: { pins: [PIN.replace("/", "//")] },
    path: "ductile",
    because: ["pins"],
  },
  { name: "a key log", options: { keyLog }, path: "ductile", because: ["keyLog"] },
  {
    name: "to accept any certificate",
    options: { dangerAcceptInvalidCerts: true },
    path: "ductile",
    because: ["dangerAcceptInvalidCerts"],
  },
  {
    name: "to accept any name",
    options: { dangerAcceptInvalidHostnames: true },
    path: "ductile",
    because: ["dangerAcceptInvalidHostnames"],
  },
  {
    name: "to accept any certificate of a pinned key",
    options: { dangerAcceptInvalidCerts: true, pins: [PIN] },
    path: "ductile",
    because: ["dangerAcceptInvalidCerts", "pins"],
  },
  {
    name: "the system's roots, a verifier and a key log",
    options: { roots: "native", verifier, keyLog },
    path: "ductile",
    because: ["verifier", "keyLog"],
  },
  {
    name: "everything that goes together",
    options: { roots: STORE, caCerts: PEM, ...IDENTITY, verifier, pins: [PIN], keyLog, dial },
    path: "ductile",
    because: ["verifier", "pins", "keyLog", "roots"],
  },
];

for (const { name, options, path, because } of CHOICES) {
  Deno.test(`chooseTls: ${name} chooses ${path}`, () => {
    const choice = chooseTls(options);
    assertEquals(choice.path, path);
    if (choice.path === "ductile") assertEquals(choice.because, because);
    if (choice.path === "given") assertEquals(choice.tls, options.tls);
    new Client(options).close(); // and the client takes it
  });
}

/** What no TLS can honour, and what the error names. */
const REFUSED: readonly (readonly [ClientOptions, string, hint?: string])[] = [
  [{ tls: {} as DenoTls }, '"tls" is neither a DenoTls nor a TlsConnector'],
  [{ tls: true as false }, '"tls" is neither'],
  [{ tls: { connect() {} } as unknown as DenoTls }, '"tls" is neither'],
  [{ tls: { dial() {} } as unknown as DenoTls }, '"tls" is neither'],
  [{ tls: { config: {} } as unknown as TlsConnector }, '"tls" is neither'],
  [{ tls: { connectFallible() {} } as unknown as TlsConnector }, '"tls" is neither'],
  [{ roots: "system" as "native" }, '"roots" is "system"'],
  [{ roots: {} as RootCertStore }, '"roots" is no RootCertStore'],
  [{ roots: RootCertStore.fromDer([]) }, '"roots" is empty'],
  [{ verifier: true as unknown as () => void }, '"verifier" is no function'],
  [{ keyLog: "x" as unknown as () => void }, '"keyLog" is no function'],
  [{ dangerAcceptInvalidCerts: "false" as unknown as boolean }, '"dangerAcceptInvalidCerts" is neither true'],
  [
    { dangerAcceptInvalidHostnames: 0 as unknown as boolean },
    '"dangerAcceptInvalidHostnames" is neither true',
  ],
  [{ roots: PEM as "native" }, '"roots" is PEM text'],
  [{ pins: PIN as unknown as string[] }, '"pins" is no list'],
  [{ pins: [] }, '"pins" is empty'],
  [{ pins: [PIN, "sha256/AAAA"] }, '"pins" has "sha256/AAAA"'],
  [{ pins: [Object(PIN) as string] }, '"pins" has "sha256/'],
  [{ pins: [7 as unknown as string] }, '"pins" has 7'],
  [{ pins: [`${PIN}=`] }, '"pins" has "sha256/'],
  [{ pins: [PIN.replace("sha256", "sha1")] }, '"pins" has "sha1/'],
  [{ caCerts: "no pem" }, "no certificate in PEM", "Pass the text of a PEM file, not its name."],
  [{ caCerts: [PEM, "no pem"] }, "no certificate in PEM", "not its name"],
  [{ caCerts: new Uint8Array(9) as unknown as string }, 'an entry of "caCerts" is no text', "readTextFile"],
  [{ caCerts: KEY_PEM }, 'holds no certificate in PEM, but a "PRIVATE KEY" block'],
  [
    { caCerts: PEM.replaceAll(" CERTIFICATE-", " TRUSTED CERTIFICATE-") },
    'holds no certificate in PEM, but a "TRUSTED CERTIFICATE" block',
    "Convert it with openssl x509, which writes a CERTIFICATE block.",
  ],
  [
    { caCerts: PEM.replaceAll(" CERTIFICATE-", " PKCS7-") },
    'holds no certificate in PEM, but a "PKCS7" block',
    "Convert it with openssl pkcs7 -print_certs",
  ],
  [
    { caCerts: PEM.replaceAll(" CERTIFICATE-", " CERTIFICATE REQUEST-") },
    'holds no certificate in PEM, but a "CERTIFICATE REQUEST" block',
    "the certificate that the authority made of this request",
  ],
  [{ caCerts: "-----BEGIN PKCS7----- AAAA -----END PKCS7-----" }, 'but a "PKCS7" block', "line breaks"],
  [{ cert: "client.pem", key: KEY_PEM }, '"cert" holds no certificate in PEM', "not its name"],
  [{ cert: KEY_PEM, key: PEM }, '"cert" holds no certificate in PEM, but a "PRIVATE KEY" block'],
  [{ cert: PEM, key: PEM }, '"key" holds no private key in PEM, but a "CERTIFICATE" block'],
  [
    { cert: PEM, key: KEY_PEM.replaceAll("PRIVATE", "PUBLIC") },
    '"key" holds no private key in PEM, but a "PUBLIC KEY" block',
    "Pass the private key, not the public one.",
  ],
  [{ cert: "x" }, '"cert" and "key" go together'],
  [{ key: "x" }, '"cert" and "key" go together'],
  ...ownOptions().map(([name, options]): readonly [ClientOptions, string] => [
    { ...options, tls: false },
    `"${name}" has no meaning with tls: false`,
  ]),
  ...ownOptions().map(([name, options]): readonly [ClientOptions, string] => [
    { ...options, tls: connector() },
    `"${name}" goes into the TlsConnector`,
  ]),
  [{ caCerts: [PEM], tls: new DenoTls() }, '"caCerts" goes into the DenoTls'],
  [{ ...IDENTITY, tls: new DenoTls() }, '"cert" goes into the DenoTls'],
  [{ dangerAcceptInvalidHostnames: true, tls: new DenoTls() }, "goes into the DenoTls"],
  [{ dangerAcceptInvalidCerts: true, tls: new DenoTls() }, "more than Deno's TLS can do"],
  [{ pins: [PIN], tls: new DenoTls() }, '"pins" is more than Deno\'s TLS can do'],
  [{ roots: "native", tls: new DenoTls() }, '"roots" is more than'],
  [{ verifier, tls: new DenoTls() }, '"verifier" is more than'],
  [{ keyLog, tls: new DenoTls() }, '"keyLog" is more than'],
  [
    { dangerAcceptInvalidCerts: true, verifier },
    '"verifier" has no meaning beside "dangerAcceptInvalidCerts"',
  ],
  [{ dangerAcceptInvalidCerts: true, roots: "deno" }, '"roots" has no meaning beside'],
  [{ dangerAcceptInvalidCerts: true, caCerts: PEM }, '"caCerts" has no meaning beside'],
  [{ dangerAcceptInvalidHostnames: true, verifier }, '"dangerAcceptInvalidHostnames" beside "verifier"'],
  [{ tls: connector("h2", "foo") }, '"alpnProtocols" of the TlsConnector has "foo"'],
  [{ tls: connector("h2"), protocols: ["http/1.1"] }, '"protocols" contradicts "alpnProtocols"'],
  [{ tls: connector("h2", "http/1.1"), protocols: ["http/1.1", "h2"] }, '"protocols" contradicts'],
  [{ tls: connector("http/1.1"), http2PriorKnowledge: true }, '"http2PriorKnowledge" needs "h2" in "alpn'],
];

/** Each option about trust, alone. */
function ownOptions(): (readonly [string, ClientOptions])[] {
  return [
    ["roots", { roots: "deno" }],
    ["caCerts", { caCerts: PEM }],
    ["cert", IDENTITY],
    ["verifier", { verifier }],
    ["pins", { pins: [PIN] }],
    ["keyLog", { keyLog }],
    ["dangerAcceptInvalidCerts", { dangerAcceptInvalidCerts: true }],
    ["dangerAcceptInvalidHostnames", { dangerAcceptInvalidHostnames: true }],
  ];
}

for (const [options, named, hint] of REFUSED) {
  Deno.test(`Client: options about TLS are refused when it is built: ${named}`, () => {
    const error = assertThrows(() => new Client(options), ClientError);
    assertEquals(error.code, "unsupported_option");
    assertStringIncludes(error.message, named);
    if (hint !== undefined) assertStringIncludes(error.hint ?? "", hint);
  });
}

Deno.test("protocolsOf: a TlsConnector's protocols are offered where the client has none of its own", () => {
  assertEquals(protocolsOf({}), ["h2", "http/1.1"]);
  assertEquals(protocolsOf({ protocols: ["http/1.1"] }), ["http/1.1"]);
  assertEquals(protocolsOf({ tls: new DenoTls({ alpnProtocols: ["http/1.1"] }) }), ["h2", "http/1.1"]);
  assertEquals(protocolsOf({ tls: connector() }), ["h2", "http/1.1"]);
  assertEquals(protocolsOf({ tls: connector("http/1.1") }), ["http/1.1"]);
  assertEquals(protocolsOf({ tls: connector("http/1.1", "h2") }), ["http/1.1", "h2"]);
  assertEquals(protocolsOf({ tls: connector("h2", "http/1.1"), http2PriorKnowledge: true }), ["h2"]);
});

Deno.test("Client: a TlsConnector that offers HTTP/2 goes with http2PriorKnowledge", () => {
  new Client({ tls: connector("h2"), http2PriorKnowledge: true }).close();
  new Client({ tls: connector("h2", "http/1.1"), http2PriorKnowledge: true }).close();
});

Deno.test("Client: a store of roots cannot be changed once a client has it", () => {
  const store = STORE.copy();
  new Client({ roots: store }).close();
  assertEquals(store.frozen, true);
});
