/**
 * A `Response` or `Request` that is built only when the runtime reads its internal slots.
 *
 * Building a real `Response` with headers and a body costs about 10 us in Deno 2.9, as much as all the rest of a small
 * request. Most callers read `status`, a header and `text()`, which the subclass answers by itself. But the runtime must
 * be able to use it as a true Response: `Deno.serve(() => client.fetch(url))` and `cache.put(url, response)` read its
 * internal slots, which in Deno are symbol-keyed properties of the object. So the object starts without slots, its
 * prototype has an accessor for each, and the first access builds the real one. A runtime that keeps the slots elsewhere
 * finds none, and refuses such a response with a TypeError of its own, never with an empty body;
 * `tests/http/lazy_object_test.ts` fails on the day that Deno changes this. A `Request` of the server is made alike.
 *
 * To code that looks at what it can see, the object is a `Response` too: `constructor` is `Response`, so that
 * `new response.constructor(body, init)` makes one, and attributes and methods are enumerable, as Web IDL has them.
 *
 * @module
 */

const realOf: unique symbol = Symbol("realOf");

interface Lazy {
  [realOf](): object;
}

/**
 * Makes the instances of a class that extends `Response` or `Request` lazy: its `super()` leaves them without slots, and
 * `real` is called when one is needed.
 *
 * A real response must have a stream as its body, or none. For bytes, `Deno.serve` in Deno 2.9 keeps memory of its
 * own, whose owner it knows by the identity of the constructed object; it frees that memory twice when it is handed
 * another object with the same slots.
 *
 * @param subclass The class; call this in its static block.
 * @param sample An object of the class that it extends, which shows the slots.
 * @param real Returns the real object of one instance, which may be a `Proxy` of it or inherit from it.
 */
export function makeLazy<Real extends Response | Request, T extends Real>(
  // deno-lint-ignore no-explicit-any -- any parameters, which only the class itself knows
  subclass: { new (...parameters: any[]): T; prototype: T },
  sample: Real,
  real: (lazy: T) => Real,
): void {
  const { constructor } = sample;
  // A function, since the constructor of a class that extends Response must call that of Response.
  function Uninitialized(): object {
    return Object.create(new.target.prototype);
  }
  Uninitialized.prototype = Object.create(constructor.prototype);
  Object.setPrototypeOf(Uninitialized, constructor); // for the static methods
  forwardSlots(Uninitialized.prototype, sample);
  // `super()` calls the prototype that the class has at that moment.
  Object.setPrototypeOf(subclass, Uninitialized);
  const { prototype } = subclass;
  Object.setPrototypeOf(prototype, Uninitialized.prototype);
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== "constructor") Object.defineProperty(prototype, name, { enumerable: true });
  }
  Object.defineProperty(prototype, "constructor", { value: constructor });
  Object.defineProperty(prototype, realOf, {
    value(this: T): Real {
      return real(this);
    },
  });
}

function forwardSlots(prototype: object, sample: object): void {
  for (const slot of Object.getOwnPropertySymbols(sample)) {
    Object.defineProperty(prototype, slot, {
      configurable: true,
      get(this: Lazy): unknown { // what makeLazy made it
        return Reflect.get(this[realOf](), slot);
      },
      set(this: Lazy, value: unknown): void {
        Reflect.set(this[realOf](), slot, value);
      },
    });
  }
}
