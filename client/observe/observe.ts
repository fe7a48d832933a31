/**
 * Observed requests: those of a client with hooks, or of a process with a tracer. Loaded with the first one.
 *
 * @module
 */

import type { OpenTelemetryScope } from "../hooks/open_telemetry.ts";
import type { ResolvedHooks } from "../hooks/client_hooks.ts";
import type { PreparedRequest } from "../request/prepared_request.ts";
import { HookTrace } from "./hook_trace.ts";
import { RequestSpans } from "./request_spans.ts";

/**
 * The request, with a trace.
 *
 * @param scope The tracer and its context, where there is one.
 */
export function observed(request: PreparedRequest, scope: OpenTelemetryScope | undefined): PreparedRequest {
  const spans = scope && new RequestSpans(scope, request.signal);
  return { ...request, trace: new HookTrace(request.hooks ?? NO_HOOKS, request, spans) };
}

const NO_HOOKS: ResolvedHooks = { told: {}, onError: [] };
