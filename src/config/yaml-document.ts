import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { messageOf } from "../domain/errors.ts";
import type { SourcePlace } from "../domain/route.ts";
import type { ConfigDocument, DocumentPath, ProblemList } from "./document.ts";
import { type Environment, EnvironmentText, fillIn } from "./environment.ts";

/** What is written once is bounded by the file's size; what aliases repeat is not. */
const MAX_ALIASED = 100_000;
const MAX_DEPTH = 100;
const MERGE = "<<";

interface Reader {
  readonly document: Document.Parsed;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly environment: Environment;
  readonly problems: ProblemList;
  placeOf(node: { readonly range?: readonly number[] | null | undefined } | null | undefined): SourcePlace;
  /** Aliases being read, one within the other, and the values read within any. */
  aliasesOpen: number;
  aliased: number;
  outermost: Alias | undefined;
}

class TooMuch extends Error {}

/** The parser's commonest complaints in our words. */
const YAML_PROBLEMS: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
  TAB_AS_INDENT: ["a tab indents this line", "indent with spaces"],
  MULTIPLE_DOCS: ["a second document begins here", "keep one in a file: leave out the line ---"],
};

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
      problems.add(place, `the key ${key} is there twice`, "keep one of the two");
      continue;
    }
    if (told) continue;
    told = true;
    const lineStart = text.lastIndexOf("\n", pos[0] - 1) + 1;
    const reference = /[[{,:]\s*\$\{/.test(text.slice(lineStart, pos[0] + 1));
    const [what, remedy] = YAML_PROBLEMS[code] ?? [
      `the YAML is wrong here: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
      reference ? `inside [ ] and { } put a reference in quotes: "\${NAME}"` : "correct the YAML",
    ];
    problems.add(place, what, remedy);
  }
}

function fatal(reader: Reader, node: Node | null | undefined, message: string, remedy: string): never {
  const place = reader.placeOf(node);
  reader.problems.add(place, message, remedy);
  throw new TooMuch(message);
}

function resolved(reader: Reader, node: unknown): unknown {
  return isAlias(node) ? reader.targets.get(node) : node;
}

/** The node last given an alias's name before it. In one pass: the library's own look-up reads the file for each alias. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function keyText(reader: Reader, pair: Pair): string | undefined {
  const key = resolved(reader, pair.key);
  if (isScalar(key) && key.value !== null && typeof key.value !== "object") {
    return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  }
  const place = reader.placeOf((pair.key ?? pair.value) as Node | null);
  reader.problems.add(place, "a key must be a text", "write name: value");
  return undefined;
}

function scalarValue(reader: Reader, node: Scalar): unknown {
  if (typeof node.value !== "string") return node.value;
  return fillIn(
    node.value,
    reader.environment,
    (name, value) => reader.problems.conceal(name, value),
    ({ message, remedy }) => reader.problems.add(reader.placeOf(node), message, remedy),
  );
}

function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && pair.key.value === MERGE && pair.key.type === "PLAIN";
}

function mapValue(reader: Reader, map: YAMLMap, depth: number): unknown {
  const object: Record<string, unknown> = Object.create(null);
  const merged: unknown[] = [];
  for (const pair of map.items) {
    if (isMerge(pair)) {
      const value = read(reader, pair.value, depth + 1);
      merged.push(...(Array.isArray(value) ? value : [value]));
      continue;
    }
    const key = keyText(reader, pair);
    const value = read(reader, pair.value, depth + 1);
    if (key === "__proto__") {
      const place = reader.placeOf(pair.key as Node);
      reader.problems.add(place, "__proto__ is no key", "leave it out");
    } else if (key !== undefined) object[key] = value;
  }
  // As YAML 1.1 has it: a key written out wins over a merged one, an earlier merge over a later.
  for (const source of merged) {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      reader.problems.add(
        reader.placeOf(map),
        "<< merges something that is not a mapping",
        "merge a mapping: <<: *name",
      );
      continue;
    }
    for (const [key, value] of Object.entries(source)) if (!Object.hasOwn(object, key)) object[key] = value;
  }
  return object;
}

function readTarget(reader: Reader, target: unknown, depth: number): unknown {
  if (isMap(target)) return mapValue(reader, target, depth);
  if (isSeq(target)) return target.items.map((item) => read(reader, item, depth + 1));
  return isScalar(target) ? scalarValue(reader, target) : null;
}

function read(reader: Reader, node: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    const what = `values are nested more than ${MAX_DEPTH} deep`;
    fatal(reader, node as Node, what, "nest less; an alias must not hold itself");
  }
  if (reader.aliasesOpen > 0 && ++reader.aliased > MAX_ALIASED) {
    const what = `aliases repeat more than ${MAX_ALIASED} values`;
    fatal(reader, reader.outermost, what, "write out what they stand for, or alias less");
  }
  if (!isAlias(node)) return readTarget(reader, node, depth);
  const target = reader.targets.get(node);
  if (target === undefined) {
    const what = `no anchor &${node.source} stands before this alias`;
    reader.problems.add(reader.placeOf(node), what, "write the anchor first");
    return new EnvironmentText("", "", true);
  }
  if (reader.aliasesOpen++ === 0) reader.outermost = node;
  const value = readTarget(reader, target, depth);
  reader.aliasesOpen--;
  return value;
}

/** The pair with this key; what is merged into the mapping comes after what it holds itself. */
function findPair(reader: Reader, map: YAMLMap, key: string): Pair | undefined {
  for (const pair of map.items) {
    const own = resolved(reader, pair.key);
    if (isScalar(own) && (own.value === key || own.source === key)) return pair;
  }
  for (const pair of map.items) {
    if (!isMerge(pair)) continue;
    const source = resolved(reader, pair.value);
    for (const one of isSeq(source) ? source.items : [source]) {
      const target = resolved(reader, one);
      const found = isMap(target) ? findPair(reader, target, key) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function locate(reader: Reader, path: DocumentPath, part: "key" | "value"): SourcePlace {
  let node: unknown = reader.document.contents;
  let place = reader.placeOf(node as Node | null);
  for (const [index, step] of path.entries()) {
    const target = resolved(reader, node);
    if (isMap(target)) {
      const pair = findPair(reader, target, String(step));
      if (pair === undefined) return place;
      const wanted = index === path.length - 1 && part === "key" ? pair.key : (pair.value ?? pair.key);
      place = reader.placeOf(wanted as Node);
      node = pair.value;
    } else if (isSeq(target)) {
      node = target.items[Number(step)];
      if (node === undefined) return place;
      place = reader.placeOf(node as Node);
    } else return place;
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const start: SourcePlace = { file, line: 1, column: 1 };
  tellErrors([...document.errors, ...document.warnings], text, at, problems);
  const reader: Reader = {
    document,
    targets: aliasTargets(document),
    environment,
    problems,
    placeOf: (node) => (node?.range ? at(node.range[0] as number) : start),
    aliasesOpen: 0,
    aliased: 0,
    outermost: undefined,
  };
  const unreadable: ConfigDocument = { file, value: undefined, readable: false, place: () => start };
  if (document.errors.length > 0) return unreadable;
  try {
    const value = document.contents === null ? null : read(reader, document.contents, 0);
    return { file, value, readable: true, place: (path, part = "value") => locate(reader, path, part) };
  } catch (error) {
    if (error instanceof TooMuch) return unreadable;
    problems.add(start, `the YAML cannot be read: ${messageOf(error)}`, "correct the YAML");
    return unreadable;
  }
}
