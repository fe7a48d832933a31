/**
 * A decoder that reads like RFC 7541 and is as slow as that: no look-up tables, no ring, nothing remembered. The
 * one that is used has to agree with it on every block, good or bad.
 *
 * @module
 */

import type { Field } from "../../../http/fields.ts";
import { STATIC_TABLE } from "../../../http2/hpack/static_table.ts";
import { codeBits, listSize } from "./octets.ts";

/** What {@linkcode ReferenceDecoder} throws at a block that is wrong. */
export class Refusal extends Error {}

const SYMBOLS = new Map(Array.from({ length: 257 }, (_, symbol) => [codeBits(symbol), symbol]));

/** Decodes blocks the slow way. */
export class ReferenceDecoder {
  /** The dynamic table, newest first. */
  table: Field[] = [];
  #capacity = 4096;
  #octets: number[] = [];

  /** The fields of a block. */
  decode(block: Uint8Array): Field[] {
    this.#octets = [...block];
    const fields: Field[] = [];
    while (this.#octets.length > 0) {
      const first = this.#octets[0] ?? 0;
      if (first >> 7 === 1) fields.push(this.#lookUp(this.#integer(7)));
      else if (first >> 6 === 1) {
        const field = this.#literal(6);
        fields.push(field);
        this.table.unshift(field);
        this.#evict();
      } else if (first >> 5 === 1) {
        if (fields.length > 0) throw new Refusal("size update after a field");
        this.#capacity = this.#integer(5);
        if (this.#capacity > 4096) throw new Refusal("size update above the maximum");
        this.#evict();
      } else fields.push(this.#literal(4));
    }
    return fields;
  }

  #literal(prefix: number): Field {
    const index = this.#integer(prefix);
    const name = index === 0 ? this.#string() : this.#lookUp(index)[0];
    return [name, this.#string()];
  }

  #lookUp(index: number): Field {
    const field = [...STATIC_TABLE, ...this.table][index - 1];
    if (field === undefined) throw new Refusal("index");
    return field;
  }

  /** An entry larger than the table is the first to come in and, with all the others gone, the last to go. */
  #evict(): void {
    while (listSize(this.table) > this.#capacity) this.table.pop();
  }

  #octet(): number {
    const octet = this.#octets.shift();
    if (octet === undefined) throw new Refusal("end");
    return octet;
  }

  #integer(prefix: number): number {
    let value = this.#octet() % 2 ** prefix;
    if (value < 2 ** prefix - 1) return value;
    for (let i = 0; i < 4; i++) {
      const octet = this.#octet();
      value += octet % 128 * 128 ** i;
      if (octet < 128) return value;
    }
    throw new Refusal("integer");
  }

  #string(): string {
    const huffman = (this.#octets[0] ?? 0) >= 128;
    const length = this.#integer(7);
    if (length > this.#octets.length) throw new Refusal("end");
    const octets = this.#octets.splice(0, length);
    return String.fromCharCode(...huffman ? this.#huffman(octets) : octets);
  }

  #huffman(octets: number[]): number[] {
    const symbols: number[] = [];
    let code = "";
    for (const bit of octets.map((octet) => octet.toString(2).padStart(8, "0")).join("")) {
      code += bit;
      const symbol = SYMBOLS.get(code);
      if (symbol === undefined) continue;
      if (symbol === 256) throw new Refusal("EOS");
      symbols.push(symbol);
      code = "";
    }
    if (code.length > 7 || code.includes("0")) throw new Refusal("padding");
    return symbols;
  }
}
