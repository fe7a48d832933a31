/** The version of this package, equal to that in `deno.json` by a test. */
export const VERSION = "0.1.0";

/** The `user-agent` of requests for which the caller sets none. */
export const USER_AGENT: string = `Ductile/${VERSION}`;
