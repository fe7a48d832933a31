/**
 * The tracer that the process has registered, if it has: found through the global registry of `@opentelemetry/api`, so that
 * the package itself is no dependency. Deno registers one under `OTEL_DENO=true`.
 *
 * The interfaces here are the parts of that API that the client uses.
 *
 * @module
 */

/** A context: values that travel with a call. */
export interface TelemetryContext {
  /** The value of a key. */
  getValue(key: symbol): unknown;
  /** The context with another value. */
  setValue(key: symbol, value: unknown): TelemetryContext;
}

/** A span. */
export interface TelemetrySpan {
  /** Sets an attribute. */
  setAttribute(name: string, value: string | number): unknown;
  /** Sets the status: 2 is an error. */
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  /** Ends it. */
  end(): void;
}

/** The members of the registry that the client uses. */
export interface OpenTelemetry {
  /** Makes tracers. */
  readonly trace: {
    getTracer(name: string, version?: string): {
      startSpan(
        name: string,
        options: {
          readonly kind: number;
          readonly attributes: Readonly<Record<string, string | number>>;
        },
        context: TelemetryContext,
      ): TelemetrySpan;
    };
  };
  /** Knows the present context. */
  readonly context: { active(): TelemetryContext };
  /** Writes a context into fields. */
  readonly propagation?: {
    inject(
      context: TelemetryContext,
      carrier: Record<string, string>,
      setter: { set(carrier: Record<string, string>, name: string, value: string): void },
    ): void;
  };
}

/** The API, and the context in which a request was made. */
export interface OpenTelemetryScope {
  /** The API. */
  readonly api: OpenTelemetry;
  /** The context. */
  readonly context: TelemetryContext;
}

/** The tracer that is registered now, and the present context; `undefined` where there is none, or where tracing is suppressed. */
export function telemetryScope(): OpenTelemetryScope | undefined {
  const api = (globalThis as { [REGISTRY]?: Partial<OpenTelemetry> })[REGISTRY]; // absent in most processes
  if (api === undefined) return undefined;
  try {
    if (api.trace === undefined || api.context === undefined) return undefined;
    const context = api.context.active();
    if (context.getValue(SUPPRESSED) === true) return undefined;
    return { api: api as OpenTelemetry, context }; // both are there
  } catch {
    return undefined; // a broken tracer is no reason for a request to fail
  }
}

const REGISTRY = Symbol.for("opentelemetry.js.api.1");

/** The key by which exporters keep their own requests out of the traces. */
const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
