/**
 * A script that makes no request and prints what the answer would have been: what the runtime takes for itself.
 *
 * @module
 */

import { report } from "./report.ts";

report("0123456789abcdef".repeat(64), performance.now());
