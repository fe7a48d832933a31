/** The version of this package, as `deno.json` has it; a test holds the two together. */
export const VERSION = "0.1.0";

/** What the client calls itself where the caller sets no `user-agent`. */
export const USER_AGENT: string = `Ductile/${VERSION}`;
