/**
 * A script that makes no request and prints what the answer would have been: what the runtime takes for itself.
 *
 * @module
 */

Deno.stdout.writeSync(new TextEncoder().encode("0123456789abcdef".repeat(64)));
