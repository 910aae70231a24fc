import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { FigError } from "../../domain/errors.ts";

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

/** Throws `invalid_document`, with file and line, where it is neither JSON nor YAML, or no mapping. */
export function readWritten(file: string, source: string): WrittenDocument {
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
