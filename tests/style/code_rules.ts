/**
 * The rules of style that are about code, as a lint plugin: the length of functions, the names of limits, what a
 * protocol machine may not name, regular expressions that take too long, and where timers come from.
 *
 * @module
 */

import { regexRule } from "./regex_rules.ts";

/** The longest function, in lines. */
export const MAX_FUNCTION_LINES = 80;

/**
 * Protocol machines: they have no promises, timers or duplexes. `mod.ts` hands out the drivers as well. A machine of
 * TLS may wait for its crypto provider, which `io/script.ts` does for it.
 */
const HTTP_MACHINES =
  /^(?:(?:http1|http2)\/(?!client\/|driver\/|mod\.ts$)|websocket\/(?!handshake\/|stream\/|mod\.ts$))/;
const TLS_MACHINES = /^tls\/(?:der|handshake|schedule|wire|x509)\//;
/** Asks the application, which may answer with a thenable of its own. */
const MAY_NAME_PROMISE = ["tls/handshake/await_answer.ts"];
const TIMERS = /^(?:set|clear)(?:Timeout|Interval)$/;

/** Code that runs beside the fake timers of a caller's test. */
const DRIVERS = /^(?:client|http1|http2|io|server|tls|websocket)\//;

/** Superlatives that hide a limit from who searches for limits. */
const SUPERLATIVE = /(?:^|_)(?:MOST|LONGEST|LARGEST|SHORTEST|SMALLEST|LEAST|PATIENCE|GRACE)(?:_|$)/;
const LIMIT = /(?:^|_)(?:LIMIT|BUDGET)$/;
const PREFIX = /^(?:MAX|MIN|DEFAULT)_/;
/** Measures of time without a unit. */
const NO_UNIT = /(?:TIMEOUT|LIFETIME|(?:^|_)AGE|INTERVAL|DELAY)$/;

/** All rules; `path` is the file's, from the root of the repository. */
export function codeRules(path: string): Deno.lint.Plugin {
  return {
    name: "style",
    rules: {
      "regular-expression": regexRule(path),
      "function-length": {
        create(context) {
          const { text } = context.sourceCode;
          const check = (node: Deno.lint.Node): void => {
            const lines = text.slice(...node.range).split("\n").length;
            if (lines > MAX_FUNCTION_LINES) {
              context.report({
                node,
                message: `a function of ${lines} lines: ${MAX_FUNCTION_LINES} at most`,
              });
            }
          };
          return {
            FunctionDeclaration: check,
            FunctionExpression: check,
            ArrowFunctionExpression: check,
          };
        },
      },
      "limit-name": {
        create(context) {
          return {
            VariableDeclarator({ id }) {
              if (id.type !== "Identifier" || !/^[A-Z][A-Z0-9_]+$/.test(id.name)) return;
              if (SUPERLATIVE.test(id.name) || (LIMIT.test(id.name) && !PREFIX.test(id.name))) {
                context.report({ node: id, message: `${id.name}: a limit is named MAX_, MIN_ or DEFAULT_` });
              } else if (NO_UNIT.test(id.name)) {
                context.report({ node: id, message: `${id.name}: its unit comes last, as in ..._MS` });
              }
            },
          };
        },
      },
      "machine": {
        create(context) {
          const isHttp = HTTP_MACHINES.test(path);
          if (!isHttp && !TLS_MACHINES.test(path)) return {};
          const refuse = (node: Deno.lint.Node, what: string): void =>
            context.report({ node, message: `${what} in a machine: that is its driver's` });
          const checkFunction = (
            node: Deno.lint.FunctionDeclaration | Deno.lint.FunctionExpression,
          ): void => {
            if (node.async) refuse(node, "an async function");
          };
          return {
            FunctionDeclaration: checkFunction,
            FunctionExpression: checkFunction,
            ArrowFunctionExpression(node) {
              if (node.async) refuse(node, "an async function");
            },
            Identifier(node) {
              if (TIMERS.test(node.name)) refuse(node, "a timer");
              if (/Duplex$/.test(node.name)) refuse(node, "a duplex");
              if (node.name !== "Promise" || MAY_NAME_PROMISE.includes(path)) return;
              const { type } = node.parent;
              const isMade = type === "NewExpression" || type === "MemberExpression";
              if (isHttp || isMade) refuse(node, "a promise");
            },
          };
        },
      },
      "timers": timersRule(path),
    },
  };
}

/** Where a driver takes its timers from. Those of the command line are the process's own. */
function timersRule(path: string): Deno.lint.Rule {
  return {
    create(context) {
      if (!DRIVERS.test(path) || HTTP_MACHINES.test(path) || TLS_MACHINES.test(path)) return {};
      if (/from "[^"]*\/timers\.ts"/.test(context.sourceCode.text)) return {};
      return {
        CallExpression({ callee }) {
          if (callee.type !== "Identifier" || !TIMERS.test(callee.name)) return;
          context.report({ node: callee, message: "a timer that tests can fake: take that of io/timers.ts" });
        },
      };
    },
  };
}

/** What the rules find in one file: `path:line: message`. */
export function brokenRules(path: string, source: string): string[] {
  const isLibrary = !/^(?:tests|bench)\//.test(path);
  return Deno.lint.runPlugin(codeRules(path), path, source)
    .filter(({ id }) => isLibrary || id === "style/function-length")
    .map(({ message, range }) => `${path}:${source.slice(0, range[0]).split("\n").length}: ${message}`);
}
