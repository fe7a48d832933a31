/**
 * A script that imports the modules that it is told, in order, and prints how many milliseconds each took, as JSON:
 * `import.ts MODULE ...`. `mozilla` stands for calling `mozillaRoots()`.
 *
 * @module
 */

const figures: number[] = [];
for (const module of Deno.args) {
  const begin = performance.now();
  if (module === "mozilla") {
    const { mozillaRoots } = await import("../../roots/mozilla.ts");
    const { size } = await mozillaRoots();
    if (size < 100) throw new Error(`Cannot count this: there are ${size} roots`);
  } else {
    await import(module);
  }
  figures.push(performance.now() - begin);
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(figures)));
