import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../domain/errors.ts";
import type { SourcePlace } from "../domain/route.ts";
import { scrubbed } from "../domain/scrub.ts";
import type { ConfigDocument, DocumentPath, ProblemList } from "./document.ts";
import { type Environment, EnvironmentText, fillIn } from "./environment.ts";

/** What is written once is bounded by the file's size; what aliases repeat is not. */
const MAX_ALIASED = 100_000;
const MAX_DEPTH = 100;

/** The parser's commonest complaints in our words. */
const YAML_PROBLEMS: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  TAB_AS_INDENT: ["a tab indents this line", "indent with spaces"],
  MULTIPLE_DOCS: ["a second document begins here", "keep one in a file: leave out the line ---"],
};

/** `{ path: /x/{id} }`: inside [ ] and { } a brace ends a text that has no quotes. Gives that text, as far as it was meant. */
function cutShort(text: string, offset: number): string | undefined {
  if (!/[{[]/.test(text.charAt(offset))) return undefined;
  const before = /[^\s{}[\],"']+$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0];
  if (before === undefined || before.endsWith(":")) return undefined;
  const after = /^(?:\$?\{[^\s{}]*\}|\[[^\s[\]]*\]|[^\s{}[\],"'])*/.exec(
    text.slice(offset, offset + 200),
  )?.[0];
  return `${before}${after}`;
}

/** `state: memory:`: a text without quotes that holds a colon and a blank, or ends with a colon, would be a key itself. */
function keyWithin(text: string, offset: number): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split(/\r?\n/, 1)[0] as string;
  const found = /^[\s-]*(?![\s-])[^\s"'#:]+:\s+([^\s"'#[{&*!|>][^"'#]*)/.exec(line)?.[1]?.trim();
  return found !== undefined && /:(?:\s|$)/.test(found) ? found : undefined;
}

/** Only the first complaint is sure to be true: what follows it is often its echo. Keys written twice echo nothing. */
function tellErrors(
  errors: readonly YAMLError[],
  text: string,
  at: (offset: number) => SourcePlace,
  problems: ProblemList,
): void {
  let told = false;
  for (const { code, message, pos } of errors) {
    const place = at(pos[0]);
    if (code === "DUPLICATE_KEY") {
      const key = /^[^\s:]*/.exec(text.slice(pos[0]))?.[0];
      problems.add(place, `the key ${scrubbed(key ?? "")} appears twice`, "keep one of the two");
      continue;
    }
    if (told) continue;
    told = true;
    const lineStart = text.lastIndexOf("\n", pos[0] - 1) + 1;
    const cut = code === "UNEXPECTED_TOKEN" ? cutShort(text, pos[0]) : undefined;
    if (cut !== undefined) {
      const what = cut.includes("${") ? "reference" : /^\.?\//.test(cut) ? "path" : "text";
      problems.add(
        place,
        `inside [ ] and { } the text ${scrubbed(cut)} needs quotes, because of its brackets`,
        `quote the ${what}: "${cut}"`,
      );
      continue;
    }
    const key = code === "BLOCK_AS_IMPLICIT_KEY" ? keyWithin(text, pos[0]) : undefined;
    if (key !== undefined) {
      problems.add(
        place,
        `the text ${scrubbed(key)} needs quotes, because of its colon`,
        `quote it: "${key}"`,
      );
      continue;
    }
    const reference = /[[{,:]\s*\$\{/.test(text.slice(lineStart, pos[0] + 1));
    const [what, remedy] = YAML_PROBLEMS[code] ?? [
      `the YAML is wrong here: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      reference ? `inside [ ] and { } put a reference in quotes: "\${NAME}"` : "correct the YAML",
    ];
    problems.add(place, what, remedy);
  }
}

/** With `merge`, the library reads the key `<<` as a symbol, another one each time. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && typeof key.value === "symbol";
}

function sameKey(one: unknown, other: unknown): boolean {
  if (isMergeKey(one)) return isMergeKey(other);
  return isScalar(one) && isScalar(other) && one.value === other.value;
}

const PARSE = { prettyErrors: false, merge: true, resolveKnownTags: false, uniqueKeys: sameKey } as const;

/** The keys of a mapping as they are written, so that `1.0` is not 1. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null || typeof key.value === "object") return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

/**
 * Makes a document ready for `toJS`: what an alias stands for takes the alias's place, references to the environment are
 * filled in, and keys are texts. False when that would be too much; `problem` hears of everything wrong.
 */
function prepare(
  document: Document.Parsed,
  fill: (text: string, node: Scalar) => unknown,
  problem: (node: unknown, message: string, remedy: string) => void,
): boolean {
  const anchors = new Map<string, Node>();
  const seen = new Set<unknown>();
  let alias: Alias | undefined;
  let repeated = 0;
  let bounded = true;

  const tooMuch = (node: unknown, message: string, remedy: string) => {
    problem(node, message, remedy);
    bounded = false;
    return visit.BREAK;
  };
  const target = (node: unknown) => {
    if (!isAlias(node)) return node;
    const named = anchors.get(node.source);
    if (named === undefined)
      problem(node, `there is no anchor &${node.source} before this alias`, "write the anchor first");
    return named;
  };

  visit(document, {
    Pair(_, pair, path) {
      if (isMergeKey(pair.key)) {
        const source = target(pair.value);
        const sources = (isSeq(source) ? source.items : [source]).map(target);
        if (sources.every(isMap)) return;
        if (!sources.includes(undefined))
          problem(path.at(-1), "<< merges something that is not a mapping", "merge a mapping: <<: *name");
        return visit.REMOVE;
      }
      const key = target(pair.key) as Scalar;
      const text = keyText(key);
      if (text === undefined || text === "__proto__") {
        const wrong = text === undefined ? "a key must be a text" : "__proto__ cannot be a key";
        problem(pair.key ?? pair.value, wrong, text === undefined ? "write name: value" : "leave it out");
        return visit.REMOVE;
      }
      const { anchor, range } = pair.key as Scalar;
      if (text !== key.value) pair.key = Object.assign(key.clone(), { value: text, anchor, range });
    },
    /** A copy that stands where the alias does, but holds what its anchor holds. */
    Alias(_, node) {
      const named = target(node) ?? new Scalar(new EnvironmentText("", "", true));
      const copy = Object.create(Object.getPrototypeOf(named), Object.getOwnPropertyDescriptors(named));
      copy.range = node.range;
      alias = node;
      seen.add(copy);
      return copy;
    },
    Value(place, node, path) {
      const again = seen.has(node);
      if (path.filter(isCollection).length > MAX_DEPTH) {
        const what = `values are nested more than ${MAX_DEPTH} deep`;
        return tooMuch(again ? alias : node, what, "nest less deeply; an alias must not contain itself");
      }
      if (again) {
        if (++repeated <= MAX_ALIASED) return;
        const what = `aliases repeat more than ${MAX_ALIASED} values`;
        return tooMuch(alias, what, "write the values out, or use fewer aliases");
      }
      seen.add(node);
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isScalar(node) && typeof node.value === "string" && place !== "key")
        node.value = fill(node.value, node);
    },
  });
  return bounded;
}

/** The pair with this key; what is merged into the mapping comes after what it holds itself. */
function findPair(map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
  if (own !== undefined) return own;
  for (const { key: mine, value } of map.items) {
    if (!isMergeKey(mine)) continue;
    for (const source of isSeq(value) ? value.items : [value]) {
      const found = findPair(source as YAMLMap, key);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The node at a path, or the nearest one around it that is there. */
function locate(document: Document.Parsed, path: DocumentPath, part: "key" | "value"): unknown {
  let place: unknown = document.contents;
  let node: unknown = place;
  for (const [index, step] of path.entries()) {
    const pair = isMap(node) ? findPair(node, String(step)) : undefined;
    const key = index === path.length - 1 && part === "key" ? pair?.key : undefined;
    node = isSeq(node) ? node.items[Number(step)] : pair?.value;
    if (pair === undefined && node === undefined) return place;
    place = key ?? node ?? pair?.key;
  }
  return place;
}

/** Reads YAML 1.2 (with `<<` merges) and fills in environment references. Never throws: problems go into the list. */
export function yamlDocument(
  file: string,
  text: string,
  environment: Environment,
  problems: ProblemList,
): ConfigDocument {
  const lines = new LineCounter();
  const at = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start: SourcePlace = { file, line: 1, column: 1 };
  const placeOf = (node: unknown) => {
    const range = (node as Node | null | undefined)?.range;
    return range ? at(range[0]) : start;
  };
  const problem = (node: unknown, message: string, remedy: string) =>
    problems.add(placeOf(node), message, remedy);
  const conceal = (name: string, value: string) => problems.conceal(name, value);
  const fill = (value: string, node: Scalar) =>
    fillIn(value, environment, conceal, ({ message, remedy }) => problem(node, message, remedy));
  const unreadable: ConfigDocument = { file, value: undefined, readable: false, place: () => start };
  try {
    const document = parseDocument(text, { ...PARSE, lineCounter: lines });
    tellErrors([...document.errors, ...document.warnings], text, at, problems);
    if (document.errors.length > 0 || !prepare(document, fill, problem)) return unreadable;
    return {
      file,
      value: document.toJS({ maxAliasCount: -1 }),
      readable: true,
      place: (path, part = "value") => placeOf(locate(document, path, part)),
    };
  } catch (error) {
    problems.add(start, `the YAML cannot be read: ${messageOf(error)}`, "correct the YAML");
    return unreadable;
  }
}
