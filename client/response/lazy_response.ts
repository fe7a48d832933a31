/**
 * A `Response` that is built only when the runtime reads its internal slots.
 *
 * Building a real `Response` with headers and a body costs about 10 us in Deno 2.9, as much as all the rest of a small
 * request. Most callers read `status`, a header and `text()`, which the subclass answers by itself. But the runtime must
 * be able to use it as a true Response: `Deno.serve(() => client.fetch(url))` and `cache.put(url, response)` read its
 * internal slots, which in Deno are symbol-keyed properties of the object. So the object starts without slots, its
 * prototype has an accessor for each, and the first access builds the real one. A runtime that keeps the slots elsewhere
 * finds none, and refuses such a response with a TypeError of its own, never with an empty body;
 * `tests/client/response/lazy_response_test.ts` fails on the day that Deno changes this.
 *
 * @module
 */

const materialize: unique symbol = Symbol("materialize");
const real: unique symbol = Symbol("real");

interface Lazy {
  [materialize](): Response;
  [real]?: Response;
}

/**
 * Makes the instances of a class that extends `Response` lazy: its `super()` leaves them without slots, and `build`
 * is called, at most once for each, when one is needed.
 *
 * The built response must have a stream as its body, or none. For bytes, `Deno.serve` in Deno 2.9 keeps memory of its
 * own, whose owner it knows by the identity of the constructed object; it frees that memory twice when it is handed
 * another object with the same slots.
 *
 * @param subclass The class; call this in its static block.
 * @param build Builds the real response of one instance.
 */
export function makeLazy<T extends Response>(
  // deno-lint-ignore no-explicit-any -- any parameters, which only the class itself knows
  subclass: { new (...parameters: any[]): T; prototype: T },
  build: (lazy: T) => Response,
): void {
  // `super()` calls the prototype that the class has at that moment.
  Object.setPrototypeOf(subclass, Uninitialized);
  Object.setPrototypeOf(subclass.prototype, Uninitialized.prototype);
  Object.defineProperty(subclass.prototype, materialize, {
    value(this: T): Response {
      return build(this);
    },
  });
}

/** The real `Response` of `lazy`, built now if it was not. */
export function realResponse(lazy: Response): Response {
  const self = lazy as Response & Lazy; // what makeLazy made it
  return self[real] ??= self[materialize]();
}

/** Whether the real `Response` was built. */
export function isMaterialized(lazy: Response): boolean {
  return real in lazy;
}

// A function, since the constructor of a class that extends Response must call that of Response.
function Uninitialized(): object {
  return Object.create(new.target.prototype);
}
Uninitialized.prototype = Object.create(Response.prototype);
Object.setPrototypeOf(Uninitialized, Response); // for the static methods

for (const slot of Object.getOwnPropertySymbols(new Response())) {
  Object.defineProperty(Uninitialized.prototype, slot, {
    configurable: true,
    get(this: Response): unknown {
      return Reflect.get(realResponse(this), slot);
    },
    set(this: Response, value: unknown): void {
      Reflect.set(realResponse(this), slot, value);
    },
  });
}
