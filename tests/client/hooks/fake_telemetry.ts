/**
 * A tracer that only writes down its spans, registered as `@opentelemetry/api` would.
 *
 * @module
 */

/** A span that was ended, or not. */
export interface FakeSpan {
  /** Its name. */
  readonly name: string;
  /** Its kind; 2 is a client's. */
  readonly kind: number;
  /** Its attributes. */
  readonly attributes: Record<string, unknown>;
  /** The code of its status, where one was set. */
  status: number | undefined;
  /** How often it was ended. */
  ends: number;
  /** The value of the key `parent` in its context. */
  readonly parent: unknown;
}

/** What the registry has. */
export interface FakeTelemetry extends Disposable {
  /** The spans, in the order of their starts. */
  readonly spans: readonly FakeSpan[];
  /** The names of the tracers that were asked for. */
  readonly tracers: ReadonlySet<string>;
}

/** Options of {@linkcode registerTelemetry}. */
export interface FakeTelemetryOptions {
  /** Whether the context suppresses tracing. */
  readonly suppressed?: boolean;
  /** The member that throws whenever it is used. */
  readonly broken?: "active" | "getTracer" | "startSpan" | "inject" | "span";
  /** Fields that the propagator writes beside `traceparent`. */
  readonly fields?: Readonly<Record<string, string>>;
}

const REGISTRY = Symbol.for("opentelemetry.js.api.1");
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

class Context {
  readonly #values: ReadonlyMap<symbol, unknown>;
  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }
  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }
  setValue(key: symbol, value: unknown): Context {
    return new Context(new Map(this.#values).set(key, value));
  }
}

/** Registers it until it is disposed of. */
export function registerTelemetry(options: FakeTelemetryOptions = {}): FakeTelemetry {
  const { suppressed = false, broken, fields = {} } = options;
  const spans: FakeSpan[] = [];
  const tracers = new Set<string>();
  const failIf = (member: string) => {
    if (member === broken) throw new Error(`${member} is broken`);
  };
  const startSpan = (
    name: string,
    { kind, attributes }: { kind: number; attributes: Record<string, unknown> },
    context: Context,
  ) => {
    failIf("startSpan");
    const parent = context.getValue(Symbol.for("parent"));
    const span: FakeSpan = { name, kind, attributes: { ...attributes }, status: undefined, ends: 0, parent };
    spans.push(span);
    return {
      setAttribute(name: string, value: unknown) {
        failIf("span");
        span.attributes[name] = value;
      },
      setStatus({ code }: { code: number }) {
        failIf("span");
        span.status = code;
      },
      end() {
        failIf("span");
        span.ends++;
      },
      index: spans.length,
    };
  };
  const registry = {
    trace: {
      getTracer(name: string) {
        failIf("getTracer");
        tracers.add(name);
        return { startSpan };
      },
    },
    context: {
      active() {
        failIf("active");
        return new Context(
          new Map<symbol, unknown>([[SUPPRESSED, suppressed], [Symbol.for("parent"), "mine"]]),
        );
      },
    },
    propagation: {
      inject(
        context: Context,
        carrier: Record<string, string>,
        setter: { set(carrier: Record<string, string>, name: string, value: string): void },
      ) {
        failIf("inject");
        const { index } = context.getValue(SPAN_KEY) as { index: number }; // as startSpan returned it
        setter.set(carrier, "traceparent", `span-${index}`);
        for (const [name, value] of Object.entries(fields)) setter.set(carrier, name, value);
      },
    },
  };
  Reflect.set(globalThis, REGISTRY, registry);
  return { spans, tracers, [Symbol.dispose]: () => void Reflect.deleteProperty(globalThis, REGISTRY) };
}
