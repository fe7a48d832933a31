/** Roots that a client cannot load: the error says why, and what helps. */

import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { Client, ClientError, type ClientOptions } from "../../../mod.ts";
import { RootCertStore } from "../../../tls/mod.ts";

/** The error of a request with these roots, and its sentence. */
async function refusal(
  roots: ClientOptions["roots"],
  options: ClientOptions = {},
): Promise<{ error: ClientError; sentence: string }> {
  using client = new Client({ ...options, ...(roots !== undefined && { roots }) });
  const error = await assertRejects(() => client.fetch("https://roots.test/"), ClientError);
  // A failure that libraries take for one of the network has its sentence one step down.
  const { cause } = error;
  return { error, sentence: cause instanceof ClientError ? cause.message : error.message };
}

/** Runs `work` while the variables name these files. */
async function withVariables(variables: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const names = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    await work();
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
}

for (const [name, options] of [["Deno's", {}], ["Ductile's", { keyLog() {} }]] as const) {
  Deno.test(`Client: native roots that a variable names and that are not there are named under ${name} TLS, with a hint`, async () => {
    await withVariables({ SSL_CERT_FILE: "/nowhere/gone.pem" }, async () => {
      const { error, sentence } = await refusal("native", options);
      assertEquals(error.code, "roots_unavailable");
      assertEquals(
        sentence,
        'Cannot connect: the system\'s roots could not be loaded: cannot use "/nowhere/gone.pem" of SSL_CERT_FILE: there is no such file',
      );
      assertEquals(error.hint, "Correct SSL_CERT_FILE and SSL_CERT_DIR, or unset them.");
    });
  });
}

Deno.test("Client: a folder of native roots without a certificate is named", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await withVariables({ SSL_CERT_DIR: folder }, async () => {
      const { sentence } = await refusal("native");
      assertStringIncludes(sentence, `cannot use ${JSON.stringify(folder)} of SSL_CERT_DIR: no file in it`);
    });
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("Client: a function for roots that throws is told of as that, and its error is the cause", async () => {
  const thrown = new Error("secret=1");
  const { error, sentence } = await refusal(() => Promise.reject(thrown));
  assertEquals([error.code, sentence], [
    "roots_unavailable",
    'Cannot connect: the function in "roots" has failed',
  ]);
  let cause: unknown = error;
  while (cause instanceof ClientError) cause = cause.cause;
  assertEquals(cause, thrown);
});

for (
  const [what, roots, reason] of [
    ["nothing", undefined, "returned no RootCertStore"],
    ["text", "-----BEGIN CERTIFICATE-----", "returned no RootCertStore"],
    ["an empty store", RootCertStore.fromDer([]), "returned an empty store"],
  ] as const
) {
  Deno.test(`Client: a function for roots that returns ${what} is told so`, async () => {
    const { error, sentence } = await refusal(() => Promise.resolve(roots as RootCertStore));
    assertInstanceOf(error, TypeError);
    assertEquals(error.code, "unsupported_option");
    assertStringIncludes(sentence, `the function in "roots" ${reason}`);
  });
}
