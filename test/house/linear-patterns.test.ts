import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { comparableLines } from "../../src/compare/header-forms.ts";
import { isCredentialName, isCredentialParameter } from "../../src/domain/credentials.ts";
import { scrubbed } from "../../src/domain/scrub.ts";
import { redactHost, redactId, redactLine, redactTarget } from "../../src/observe/redact.ts";

/**
 * Whatever others choose is scanned on the thread that serves, or on one that holds up comparisons. A pattern that goes back over what
 * it has read, for each character of it, takes seconds for 64 KiB.
 */

const SRC = join(import.meta.dirname, "../../src");
/** Growing, so that what is exponential ends at the first. */
const SIZES = [24, 256, 4_096, 32_768];
/** Of the processor's time. What is linear takes a hundredth of it. */
const MAX_MS = 100;

/** A literal, where an expression may begin. */
const LITERAL =
  /(?<=[=(,:?!&|[{;]\s{0,80}|return )\/((?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){1,400}\]){1,600})\/([dgimsuvy]{0,7})(?=[\s.,;)\]:?])/g;

interface Pattern {
  readonly where: string;
  readonly pattern: RegExp;
}

function patternsOf(file: string): readonly Pattern[] {
  const text = readFileSync(join(SRC, file), "utf8").replaceAll(/^\s*(?:\*|\/\*\*|\/\/).*$/gm, "");
  return [...text.matchAll(LITERAL)].map(([whole, source = "", flags = ""]) => ({
    where: `${file}: ${whole}`,
    pattern: new RegExp(source, flags),
  }));
}

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const PATTERNS = FILES.flatMap(patternsOf);

const PIECES = [
  "a",
  "1",
  " ",
  "\t",
  "\n",
  '"',
  "'",
  "\\",
  "/",
  "<",
  ">",
  "=",
  "a=",
  "-",
  ".",
  "%41",
  "a ",
  "eyJ",
  "‹",
];

/** What the pattern itself speaks of is what holds it up. */
function piecesFor({ source }: RegExp): ReadonlySet<string> {
  const plain = source.replaceAll(/\\[a-zA-Z]|\(\?[<:!=]+|[()[\]{}?*+|^$]|\d+,\d*/g, " ");
  const words = plain.split(" ").filter((word) => word !== "");
  return new Set([...PIECES, ...words.slice(0, 6), ...words.map((word) => word[0] as string).slice(0, 8)]);
}

function run(pattern: RegExp, text: string): void {
  pattern.lastIndex = 0;
  if (pattern.global) for (const _ of text.matchAll(pattern));
  else pattern.test(text);
}

/** The least of three, since others use the machine too. */
function cpuMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && least > MAX_MS; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

function slowest(pieces: Iterable<string>, work: (text: string) => void): string | undefined {
  for (const piece of pieces) {
    for (const size of SIZES) {
      const body = piece.repeat(Math.ceil(size / piece.length));
      for (const text of [`${body}\u0001`, `"${body}`, `<a ${body}`]) {
        const ms = cpuMs(() => work(text));
        if (ms > MAX_MS) return `${Math.round(ms)} ms for ${size} characters of ${JSON.stringify(piece)}`;
      }
    }
  }
  return undefined;
}

test("the patterns of the code are found", () => {
  expect(PATTERNS.length).toBeGreaterThan(150);
  expect(PATTERNS.map(({ where }) => where).join("\n")).toContain("domain/scrub.ts: ");
});

test.each(FILES.filter((file) => patternsOf(file).length > 0))("%s scans in linear time", (file) => {
  const slow = patternsOf(file).flatMap(({ where, pattern }) => {
    const found = slowest(piecesFor(pattern), (text) => run(pattern, text));
    return found === undefined ? [] : [`${where}: ${found}`];
  });
  expect(slow).toEqual([]);
});

describe("what is made of them does too", () => {
  const hostile = [
    ...PIECES,
    ...'eyJ. -eyJ :// //@ bearer\t token= ; &; [ %5B ghp_ sk_live_ sk-proj- -----BEGIN $2b$ $P$ $S$a re_a_ s.a pat-na1- pata MTE.MTE. TGT-1- fm2_, MII s: {" [" \\" &quot; <a> <name> <a\\x20b= ,\'a\', name=a& value=a& kty'.split(
      " ",
    ),
    '"name":"password",',
    '"value":"',
    "/token/1",
    "<name>pin</name>",
    "password:{",
    "1".repeat(31),
    ".atlasv1.",
  ];
  const functions: Readonly<Record<string, (text: string) => unknown>> = {
    scrubbed,
    redactTarget: (text) => redactTarget(`/${text}`),
    redactHost,
    redactId,
    "redactLine, a field": (text) => redactLine(JSON.stringify({ msg: text })),
    redactLine,
    isCredentialName,
    isCredentialParameter,
  };
  test.each(Object.entries(functions))("%s", (_, work) => {
    expect(slowest(hostile, work)).toBeUndefined();
  });

  test.each([
    "vary",
    "link",
    "www-authenticate",
    "refresh",
    "cache-control",
    "content-type",
    "content-disposition",
  ])("a field of an answer: %s", (name) => {
    const context = { url: "http://h/" };
    expect(
      slowest([...hostile, '"', '"a,', "<a,"], (text) => comparableLines(name, [text], context)),
    ).toBeUndefined();
  });
});
