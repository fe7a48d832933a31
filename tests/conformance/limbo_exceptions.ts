/**
 * The cases of x509-limbo that come out otherwise here than they say.
 *
 * @module
 */

/** Cases with one reason. */
export interface LimboException {
  readonly ids: readonly string[];
  readonly reason: string;
}

/** All of them. */
export const EXCEPTIONS: readonly LimboException[] = [];
