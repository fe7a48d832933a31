/**
 * Messages of HTTP/1.1 that are nearly right: what a fuzzer changes in a wire.
 *
 * @module
 */

/** A whole number from 0 up to, not including, `bound`. */
export type Below = (bound: number) => number;

/** The same numbers for the same seed: xorshift over 32 bits. */
export function random(seed: number): Below {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** One of `choices`. */
export function pick<T>(choices: readonly T[], below: Below): T {
  const chosen = choices[below(choices.length)];
  if (chosen === undefined) throw new RangeError("Cannot pick: there is nothing to choose from");
  return chosen;
}

/** The wire with up to three things changed: bytes, tokens, parts of other wires. */
export function mutate(wire: string, below: Below): string {
  for (let changes = below(4); changes > 0; changes--) {
    const at = below(wire.length + 1);
    const [before, after] = [wire.slice(0, at), wire.slice(at)];
    switch (below(6)) {
      case 0:
        wire = before + String.fromCharCode(below(256)) + after.slice(1);
        break;
      case 1:
      case 2:
        wire = before + pick(TOKENS, below) + after;
        break;
      case 3:
        wire = before + after.slice(1 + below(8));
        break;
      case 4:
        wire = before + after.slice(0, 20) + after;
        break;
      case 5:
        // At a line's end, where structure is.
        wire = wire.replace(/\r\n(?=[^\r]*$|)/, (end) => end + pick(TOKENS, below));
        break;
    }
  }
  return wire;
}

/** What messages are made of, and what breaks them. */
const TOKENS: readonly string[] = [
  ...[
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "\x00",
    "\x7f",
    "\xe9",
    "0",
    "5",
    "f",
    "+",
    "-",
  ],
  ...[
    "Content-Length: 5\r\n",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: x\r\n",
  ],
  ...[
    "chunked",
    "close",
    "Connection: close\r\n",
    "HTTP/1.1 200 OK\r\n",
    "0\r\n\r\n",
    "5\r\nhello\r\n",
    " fold",
    "a".repeat(700),
  ],
  ...[
    "Content-Length: 5, 5\r\n",
    "Content-Length:\r\n",
    "GET / HTTP/1.1\r\n",
    "Host: a\r\n",
    "Host: b\r\n",
    "100-continue",
  ],
];
