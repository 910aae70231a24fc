import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { FigError } from "../../domain/errors.ts";
import { jsonPlaces } from "./json-places.ts";

const MAX_ALIASES = 1_000;

export type Path = readonly (string | number)[];
export type Json = Readonly<Record<string, unknown>>;

/** A document of somebody else's, JSON or YAML, and where each part of it stands. */
export interface WrittenDocument {
  readonly file: string;
  readonly value: Json;
  /** `api.yaml:12` of a value, or of the nearest thing around it. */
  place(path: Path): string;
}

export function mapping(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A document in JSON: a parser of YAML takes twenty times as long for one. Undefined: it is none. */
function readJson(file: string, source: string): WrittenDocument | undefined {
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  if (!/^\s*\{/.test(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  const places = jsonPlaces(text);
  const line = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  if (places.twice !== undefined) {
    const key = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(places.twice, places.twice + 200))?.[0] ?? "a key";
    throw new FigError("invalid_document", `${line(places.twice)}: ${key} is there twice`, {
      remedy: "leave one of the two out",
    });
  }
  return { file, value, place: (path) => line(places.at(path)) };
}

/** Throws `invalid_document`, with file and line, where it is neither JSON nor YAML, or no mapping. */
export function readWritten(file: string, source: string): WrittenDocument {
  return readJson(file, source) ?? readYaml(file, source);
}

function readYaml(file: string, source: string): WrittenDocument {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const wrong = (line: number, message: string) =>
    new FigError("invalid_document", `${file}:${line}: ${message}`, {
      remedy: "give an OpenAPI document (3.0, 3.1 or Swagger 2.0), in JSON or YAML",
    });
  const [error] = document.errors;
  if (error !== undefined)
    throw wrong(
      lines.linePos(error.pos[0]).line,
      `this is neither JSON nor YAML: ${error.message.split("\n", 1)[0]}`,
    );
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Throws where an alias leads into itself.
    if (/[&*]/.test(source)) JSON.stringify(value);
  } catch (cause) {
    throw wrong(1, `its aliases cannot be filled in: ${(cause as Error).message.split("\n", 1)[0]}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(1, "this is no mapping");
  const indexes = new Map<YAMLMap, ReadonlyMap<string, Pair>>();
  const pairOf = (map: YAMLMap, step: string) => {
    let index = indexes.get(map);
    if (index === undefined) {
      index = new Map(
        map.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), pair]),
      );
      indexes.set(map, index);
    }
    return index.get(step);
  };
  return {
    file,
    value: value as Json,
    place(path) {
      let node: unknown = document.contents;
      let at: Node | null | undefined = document.contents;
      for (const step of path) {
        const pair = isMap(node) ? pairOf(node, String(step)) : undefined;
        node = isSeq(node) ? node.items[Number(step)] : pair?.value;
        const found = (pair?.key ?? node) as Node | undefined;
        if (found?.range === undefined || found.range === null) break;
        at = found;
      }
      return `${file}:${at?.range ? lines.linePos(at.range[0]).line : 1}`;
    },
  };
}
