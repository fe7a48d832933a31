/**
 * Certificate validation against the cases of C2SP/x509-limbo: chains that must be accepted, and chains that must
 * not.
 *
 * Cases in {@linkcode EXCEPTIONS} come out otherwise than they say, each for a reason; one that would come out as it
 * says after all fails, so that the list does not outlive its reasons.
 *
 * @module
 */

import { decodePemBlock, readPemBlocks } from "../../io/pem.ts";
import { mozillaRoots } from "../../roots/mozilla.ts";
import { nodeCrypto } from "../../tls/crypto/node.ts";
import { TlsError } from "../../tls/error/tls_error.ts";
import { readIntermediates } from "../../tls/handshake/certificate_chain.ts";
import { run as runScript } from "../../io/script.ts";
import { parseCertificate } from "../../tls/x509/certificate.ts";
import { formatName } from "../../tls/x509/names/distinguished_name.ts";
import { CertificateError } from "../../tls/x509/error.ts";
import { verifyPath } from "../../tls/x509/path/path.ts";
import { RevocationPolicy } from "../../tls/x509/revocation/revocation.ts";
import { RootCertStore } from "../../tls/x509/root_cert_store.ts";
import { parseServerName } from "../../tls/names/server_name.ts";
import { verifyServerName } from "../../tls/x509/names/subject_names.ts";
import { EXCEPTIONS } from "./limbo_exceptions.ts";
import { report, Tally, type Tell, type Totals } from "./suite.ts";

/** The name of the file in FOLDER. */
export const data = "limbo.json.gz";

/** Checks every case in `folder`/limbo.json.gz. */
export async function run(folder: string, tell: Tell = report): Promise<Totals> {
  const cases = await loadCases(`${folder}/${data}`);
  const tally = new Tally(tell);
  const excepted = new Map(EXCEPTIONS.flatMap(({ ids, reason }) => ids.map((id) => [id, reason] as const)));
  for (const limboCase of cases) {
    const reason = excepted.get(limboCase.id);
    excepted.delete(limboCase.id);
    const roots = trustIn(limboCase);
    await tally.check(
      limboCase.id,
      async () => compare(limboCase, await verdictOn(limboCase, roots), reason),
    );
    if (limboCase.id.startsWith(REAL)) await checkWithMozilla(limboCase, roots, tally, tell);
  }
  for (const id of excepted.keys()) {
    await tally.check(id, () => {
      throw new Error("There is no such case for the exception");
    });
  }
  for (const { ids, reason } of EXCEPTIONS) tell(`limbo: ${ids.length} come out otherwise: ${reason}`);
  return tally.totals;
}

/** Chains of well-known servers, as they were on a day. */
const REAL = "online::";

/** A real chain has to be accepted with Mozilla's roots, too, if its root is still one of them. */
async function checkWithMozilla(
  limboCase: LimboCase,
  roots: RootCertStore,
  tally: Tally,
  tell: Tell,
): Promise<void> {
  const mozilla = await mozillaRoots();
  const gone = roots.subjects().filter((subject) => mozilla.anchorsFor(subject).length === 0);
  if (gone.length > 0) {
    tell(`limbo: ${limboCase.id}: not among Mozilla's roots any more: ${gone.map(formatName).join("; ")}`);
    return;
  }
  await tally.check(`${limboCase.id}, with Mozilla's roots`, async () => {
    compare(limboCase, await verdictOn(limboCase, mozilla), undefined);
  });
}

/** The case's roots; those that cannot be one are left out. */
function trustIn(limboCase: LimboCase): RootCertStore {
  const roots = RootCertStore.fromDer([]);
  for (const pem of limboCase.trusted_certs) roots.addParsablePem(pem);
  return roots;
}

/** A case, as far as it is looked at (`limbo-schema.json`). */
export interface LimboCase {
  readonly id: string;
  readonly validation_kind: "SERVER" | "CLIENT";
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  /** RFC 3339; `null`: any time. */
  readonly validation_time: string | null;
  readonly expected_result: "SUCCESS" | "FAILURE";
  readonly expected_peer_name: { readonly kind: "DNS" | "IP" | "RFC822"; readonly value: string } | null;
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
}

/** Reads the file. */
export async function loadCases(path: string): Promise<readonly LimboCase[]> {
  using file = await Deno.open(path);
  const text = await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
  // The file's own schema says that this is what it holds.
  return (JSON.parse(text) as { readonly testcases: readonly LimboCase[] }).testcases;
}

/** Why a chain is refused; `undefined`: it is accepted. */
async function verdictOn(limboCase: LimboCase, roots: RootCertStore): Promise<Error | undefined> {
  try {
    await verify(limboCase, roots);
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError || error instanceof TlsError) return error;
    throw error;
  }
}

async function verify(limboCase: LimboCase, roots: RootCertStore): Promise<void> {
  const { validation_kind, validation_time, expected_peer_name, max_chain_depth, crls } = limboCase;
  const [endEntity] = certificatesIn(limboCase.peer_certificate).map(parseCertificate);
  if (endEntity === undefined) throw new TypeError("Cannot check the case: it has no certificate");
  const intermediates = readIntermediates(limboCase.untrusted_intermediates.flatMap(certificatesIn));
  // The options of a client that is told about revocation lists, and only about some.
  const revocation = crls.length === 0 ? undefined : new RevocationPolicy({ crls });
  await runScript(verifyPath(endEntity, intermediates, {
    provider: nodeCrypto(),
    roots,
    purpose: validation_kind === "SERVER" ? "server_auth" : "client_auth",
    time: validation_time === null ? new Date() : new Date(validation_time),
    ...(revocation !== undefined && { revocation }),
    ...(max_chain_depth !== null && { limits: { intermediates: max_chain_depth } }),
  }));
  // Of a client, names are the application's to judge.
  if (validation_kind === "SERVER" && expected_peer_name !== null) {
    verifyServerName(endEntity, parseServerName(expected_peer_name.value));
  }
}

function certificatesIn(pem: string): Uint8Array[] {
  return readPemBlocks(pem).map(decodePemBlock);
}

function compare(
  { expected_result }: LimboCase,
  refusal: Error | undefined,
  reason: string | undefined,
): void {
  const isAsItSays = (expected_result === "SUCCESS") === (refusal === undefined);
  if (isAsItSays && reason !== undefined) throw new Error(`It needs no exception any more (${reason})`);
  if (isAsItSays || reason !== undefined) return;
  throw new Error(
    refusal === undefined
      ? "It was accepted, but must not be"
      : `It was refused, but must not be: ${refusal.message}`,
  );
}
