/**
 * `Promise.withResolvers`, for runtimes that do not have it, such as Node.js 20.
 *
 * @module
 */

/** Makes a promise, and the functions that settle it. */
export function withResolvers<T>(): PromiseWithResolvers<T> {
  const settlers: Partial<Pick<PromiseWithResolvers<T>, "resolve" | "reject">> = {};
  const promise = new Promise<T>((resolve, reject) => {
    settlers.resolve = resolve;
    settlers.reject = reject;
  });
  const { resolve, reject } = settlers;
  if (resolve === undefined || reject === undefined) throw new TypeError("Cannot make a promise");
  return { promise, resolve, reject };
}
