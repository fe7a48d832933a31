/**
 * The prose of a file: the comments of TypeScript, the paragraphs of Markdown.
 *
 * @module
 */

import { codeOnly } from "../../support/code_only.ts";

/** One comment: a block, or line comments on consecutive lines, code before them or not. */
export interface Comment {
  /** Its lines, without the marks of a comment, code spans and examples. */
  readonly lines: readonly string[];
  /** The line of the file on which it starts, from 1. */
  readonly start: number;
}

/** What one line has of a comment. */
interface Piece {
  readonly text: string;
  /** Whether a block comment starts here. */
  readonly opens: boolean;
  /** Whether a block comment goes on in the next line. */
  readonly goesOn: boolean;
  /** Whether a block comment ends here. */
  readonly closes: boolean;
}

/** The comments of `source`, in order. */
export function readComments(source: string): Comment[] {
  const code = codeOnly(source).split("\n");
  const comments: Comment[] = [];
  let lines: string[] = [];
  let start = 0;
  let inBlock = false;
  const finish = () => {
    if (lines.length > 0) comments.push({ lines: withoutCode(lines), start });
    lines = [];
  };

  for (const [i, line] of source.split("\n").entries()) {
    const piece: Piece | undefined = inBlock ? pieceOf(line, true) : pieceBehindCode(line, code[i] ?? "");
    if (piece === undefined || piece.opens) finish();
    inBlock = piece?.goesOn ?? false;
    if (piece === undefined) continue;
    if (lines.length === 0) start = i + 1;
    lines.push(piece.text);
    if (piece.closes) finish();
  }
  finish();
  return comments;
}

/** The paragraphs, lists and tables of a Markdown file. */
export function readParagraphs(markdown: string): Comment[] {
  const lines = withoutCode(markdown.split("\n"));
  const paragraphs: { lines: string[]; start: number }[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const last = paragraphs.at(-1);
    if (last !== undefined && last.start + last.lines.length === i + 1) last.lines.push(line.trim());
    else paragraphs.push({ lines: [line.trim()], start: i + 1 });
  }
  return paragraphs;
}

/** The comment that a line ends with, if any: from its mark on there is no code. */
function pieceBehindCode(line: string, code: string): Piece | undefined {
  const rest = line.slice(code.trimEnd().length).trimStart();
  return /^\/[/*]/.test(rest) ? pieceOf(rest, false) : undefined;
}

function pieceOf(text: string, inBlock: boolean): Piece {
  const opens = !inBlock && text.startsWith("/*");
  const end = inBlock || opens ? text.indexOf("*/", opens ? 2 : 0) : -1;
  const closes = end >= 0;
  const words = (closes ? text.slice(0, end) : text).trim().replace(/^(?:\/\/+|\/\*+|\*)/, "").trim();
  return { text: words, opens, goesOn: (inBlock || opens) && !closes, closes };
}

/** Blanks examples between fences, and what stands in backticks on one line: quotation marks there are code. */
function withoutCode(lines: readonly string[]): string[] {
  let inFence = false;
  return lines.map((line) => {
    const isFence = line.startsWith("```");
    if (isFence) inFence = !inFence;
    return isFence || inFence ? "" : line.replaceAll(/`[^`]*`/g, "");
  });
}
