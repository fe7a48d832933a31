/**
 * A `Response` that is built only when the runtime itself looks inside it.
 *
 * Building a real `Response` with headers and a body costs about 10 us in Deno 2.9, which is as much as all the
 * rest of a small request. Most callers read `status`, a header and `text()`, and our subclass answers those by
 * itself. But the runtime must see a true Response too: `Deno.serve(() => client.fetch(url))` and
 * `cache.put(url, response)` read its internal slots, which in Deno are symbol-keyed properties of the object.
 * So the object starts without slots, its prototype has an accessor for each, and the first access builds the
 * real one. A runtime that keeps the slots elsewhere finds none here, and refuses such a response with its own
 * TypeError: loudly, never with an empty body. `tests/client/response/lazy_response_test.ts` notices the day it changes.
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
 * What is built must have a stream as its body, or none. For content at hand, `Deno.serve` in Deno 2.9 keeps memory
 * of its own, whose owner it knows by the identity of the object that was constructed, and which it frees twice when
 * it is handed another object with the same slots.
 *
 * @param subclass The class; call this in its static block.
 * @param build Builds the real response of one instance.
 */
export function makeLazy<T extends Response>(
  // deno-lint-ignore no-explicit-any -- any parameters, which only the class itself knows
  subclass: { new (...parameters: any[]): T; prototype: T },
  build: (lazy: T) => Response,
): void {
  // `super()` calls whatever is the class's prototype at that moment.
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

// Not a class: the constructor of a class that extends Response must call it, which is what we are here to put off.
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
