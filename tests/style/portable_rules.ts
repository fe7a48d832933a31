/**
 * Syntax and names that a runtime of the README does not have, as a lint plugin. Users get the library from JSR with its
 * types stripped and nothing lowered, so what the sources say is what Node.js 22 has to parse.
 *
 * @module
 */

/** Members of globals that Node.js 22, Node.js 24, Bun or Chromium lacks, or that were there only yesterday. */
const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Array", ["fromAsync"]],
  ["Error", ["isError"]],
  ["Iterator", ["concat", "zip", "zipKeyed"]],
  ["Math", ["f16round", "sumPrecise"]],
  ["Promise", ["try", "withResolvers"]],
  ["RegExp", ["escape"]],
  ["Uint8Array", ["fromBase64", "fromHex"]],
]);

/** Methods of any value. */
const METHODS = [
  "getFloat16",
  "getOrInsert",
  "getOrInsertComputed",
  "setFloat16",
  "setFromBase64",
  "setFromHex",
  "toBase64",
  "toHex",
];

const GLOBALS = ["AsyncDisposableStack", "DisposableStack", "Float16Array", "SuppressedError", "Temporal"];

/** Modules for Deno alone, which no other runtime calls: they may name what Deno has. */
const DENO_ONLY = /^(?:cli\/|roots\/native\.ts$)/;

const PLUGIN: Deno.lint.Plugin = {
  name: "portable",
  rules: {
    "syntax": {
      create(context) {
        return {
          VariableDeclaration(node) {
            if (node.kind === "using" || node.kind === "await using") {
              context.report({
                node,
                message: `a "${node.kind}" declaration, which Node.js 22 cannot parse`,
              });
            }
          },
          Literal(node) {
            if (!("regex" in node) || typeof node.regex !== "object") return; // it is undefined for other literals
            if (/\(\?[ims]*-?[ims]+:/.test(node.regex.pattern)) {
              context.report({
                node,
                message: "modifiers in a regular expression, which Node.js 22 cannot parse",
              });
            }
          },
          Decorator(node) {
            context.report({ node, message: "a decorator, which no runtime but Deno and Bun can parse" });
          },
        };
      },
    },
    "names": {
      create(context) {
        return {
          MemberExpression(node) {
            if (node.property.type !== "Identifier" || node.computed) return;
            const { name } = node.property;
            const of = node.object.type === "Identifier" ? MEMBERS.get(node.object.name) : undefined;
            if (of?.includes(name) || METHODS.includes(name)) {
              context.report({ node, message: `${name}, which not every runtime has` });
            }
          },
          Identifier(node) {
            if (GLOBALS.includes(node.name)) {
              context.report({ node, message: `${node.name}, which not every runtime has` });
            }
          },
        };
      },
    },
  },
};

/** What of one file some runtime does not have: `path:line: message`. */
export function unportable(path: string, source: string): string[] {
  return Deno.lint.runPlugin(PLUGIN, path, source)
    .filter(({ id }) => id === "portable/syntax" || !DENO_ONLY.test(path))
    .map(({ message, range }) => `${path}:${source.slice(0, range[0]).split("\n").length}: ${message}`);
}
