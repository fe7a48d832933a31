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
 * To code that looks at what it can see, the object is a `Response` too: `constructor` is `Response`, so that
 * `new response.constructor(body, init)` makes one, and attributes and methods are enumerable, as Web IDL has them.
 *
 * @module
 */

const realOf: unique symbol = Symbol("realOf");

interface Lazy {
  [realOf](): Response;
}

/**
 * Makes the instances of a class that extends `Response` lazy: its `super()` leaves them without slots, and `real` is
 * called when one is needed.
 *
 * The real response must have a stream as its body, or none. For bytes, `Deno.serve` in Deno 2.9 keeps memory of its
 * own, whose owner it knows by the identity of the constructed object; it frees that memory twice when it is handed
 * another object with the same slots.
 *
 * @param subclass The class; call this in its static block.
 * @param real Returns the real response of one instance, which may be a `Proxy` of it or inherit from it.
 */
export function makeLazy<T extends Response>(
  // deno-lint-ignore no-explicit-any -- any parameters, which only the class itself knows
  subclass: { new (...parameters: any[]): T; prototype: T },
  real: (lazy: T) => Response,
): void {
  // `super()` calls the prototype that the class has at that moment.
  Object.setPrototypeOf(subclass, Uninitialized);
  const { prototype } = subclass;
  Object.setPrototypeOf(prototype, Uninitialized.prototype);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== "constructor") Object.defineProperty(prototype, name, { enumerable: true });
  }
  Object.defineProperty(prototype, "constructor", { value: Response });
  Object.defineProperty(prototype, realOf, {
    value(this: T): Response {
      return real(this);
    },
  });
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
    get(this: Response & Lazy): unknown { // what makeLazy made it
      return Reflect.get(this[realOf](), slot);
    },
    set(this: Response & Lazy, value: unknown): void {
      Reflect.set(this[realOf](), slot, value);
    },
  });
}
