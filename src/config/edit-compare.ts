import {
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { FigError } from "../domain/errors.ts";

/** Puts `text` in the place of what stands from `start` to `end`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const start = (node: unknown): number => (node as Node).range?.[0] as number;
const end = (node: unknown): number => (node as Node).range?.[1] as number;

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** JSON, which YAML reads, with blanks where people put them. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const name = (text: string) => (/^[A-Za-z]+$/.test(text) ? text : JSON.stringify(text));
  return `{ ${members.map(([key, member]) => `${name(key)}: ${flow(member)}`).join(", ")} }`;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

class Editor {
  readonly edits: Edit[] = [];
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** How far a node is from the beginning of its line, in blanks. */
  indent(at: number): string {
    return " ".repeat(at - (this.text.lastIndexOf("\n", at - 1) + 1));
  }

  /** Behind the comment that ends the line there; nothing else may stand before it. */
  behindComment(at: number): number {
    const comment = /^[ \t]*#[^\r\n]*/.exec(this.text.slice(at));
    return at + (comment?.[0].length ?? 0);
  }

  insert(at: number, text: string): void {
    this.edits.push({ start: at, end: at, text });
  }

  /** Before the first member, in the form of the others. */
  member(map: YAMLMap, key: string, value: unknown): void {
    const name = /^[A-Za-z]+$/.test(key) ? key : JSON.stringify(key);
    const [first] = map.items;
    if (first === undefined)
      this.edits.push({ start: start(map), end: end(map), text: `{ ${name}: ${flow(value)} }` });
    else if (map.flow) this.insert(start(first.key), `${name}: ${flow(value)}, `);
    else this.insert(start(first.key), `${name}: ${flow(value)}\n${this.indent(start(first.key))}`);
  }

  /** Makes a value that is there another one, and leaves what is written of it already as it is. */
  value(node: unknown, before: unknown, value: unknown): void {
    if (isMap(node) && typeof value === "object" && value !== null) this.members(node, value);
    else if (isSeq(node) && !node.flow && Array.isArray(value) && Array.isArray(before))
      this.elements(node, before, value);
    else this.edits.push({ start: start(node), end: end(node), text: flow(value) });
  }

  private members(map: YAMLMap, value: object): void {
    const known = map.toJSON() as Record<string, unknown>;
    for (const [key, member] of Object.entries(value)) {
      const pair = pairOf(map, key);
      if (pair === undefined) this.member(map, key, member);
      else if (!same(known[key], member))
        this.edits.push({ start: start(pair.value), end: end(pair.value), text: flow(member) });
    }
  }

  private elements(seq: YAMLSeq, before: readonly unknown[], value: readonly unknown[]): void {
    const dash = this.text.lastIndexOf("-", start(seq.items[0]));
    const fresh = value.filter((each) => !before.some((known) => same(known, each)));
    const indent = this.indent(dash);
    for (const each of fresh) this.insert(dash, `- ${flow(each)}\n${indent}`);
    for (const [index, item] of seq.items.entries()) {
      if (value.some((each) => same(each, before[index]))) continue;
      const from = this.text.lastIndexOf("\n", start(item) - 1) + 1;
      const to = this.text.indexOf("\n", end(item));
      this.edits.push({ start: from, end: to < 0 ? this.text.length : to + 1, text: "" });
    }
  }

  result(): string {
    let text = this.text;
    for (const { start: from, end: to, text: by } of this.edits
      .toReversed()
      .sort((a, b) => b.start - a.start))
      text = text.slice(0, from) + by + text.slice(to);
    return text;
  }
}

function routeIn(document: ReturnType<typeof parseDocument>, id: string): YAMLMap | undefined {
  const routes = document.get("routes");
  const found = isSeq(routes) ? routes.items.find((item) => isMap(item) && item.get("id") === id) : undefined;
  return isMap(found) ? found : undefined;
}

/**
 * A route file's text with these keys of one route's `compare` set. Only what changes is touched: comments, order and form of the
 * rest stay. Fails with `route_not_editable` where the route, or its `compare`, is not written out in this file.
 */
export function editCompare(
  text: string,
  id: string,
  changes: readonly (readonly [key: string, value: unknown])[],
): string {
  const document = parseDocument(text);
  const route = routeIn(document, id);
  const compare = route && pairOf(route, "compare");
  const written = compare === undefined || isMap(compare.value);
  if (document.errors.length > 0 || route === undefined || !written) {
    throw new FigError(
      "route_not_editable",
      `route ${id} is not written out in its file in a way that can be edited`,
      {
        remedy: "write the rules into it by hand",
      },
    );
  }
  const editor = new Editor(text);
  const map = compare?.value as YAMLMap | undefined;
  if (map === undefined) {
    editor.member(route, "compare", Object.fromEntries(changes));
    // The id stays the first thing that is said of a route.
    const first = route.items[0];
    if (!route.flow && first?.value !== undefined && editor.edits.length === 1) {
      const at = editor.behindComment(end(first.value));
      const indent = editor.indent(start(first.key));
      editor.edits.splice(0, 1, {
        start: at,
        end: at,
        text: `\n${indent}compare: ${flow(Object.fromEntries(changes))}`,
      });
    }
    return editor.result();
  }
  const known = map.toJSON() as Record<string, unknown>;
  for (const [key, value] of changes) {
    const pair = pairOf(map, key);
    if (pair === undefined) editor.member(map, key, value);
    else editor.value(pair.value, known[key], value);
  }
  return editor.result();
}
