/**
 * What an OpenAPI document says of requests, read here by other code than the import's: which of its operations takes a method and
 * a path. Paths are matched segment by segment, a literal before `{x}` before `{x+}`, as the specification says.
 */
import { parse } from "yaml";

type Json = Readonly<Record<string, unknown>>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const ANY = "x-amazon-apigateway-any-method";

export type Segment = { readonly literal: string } | "one" | "rest";

export interface Described {
  /** Null: any. */
  readonly method: string | null;
  /** As the document has it. */
  readonly path: string;
  /** With what stands before it. */
  readonly whole: string;
  readonly segments: readonly Segment[];
  readonly value: Json;
}

const mapping = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export function readDocument(source: string): Json {
  return mapping(
    source.trimStart().startsWith("{") ? JSON.parse(source) : parse(source, { maxAliasCount: -1 }),
  );
}

function followed(root: Json, value: unknown): Json {
  const { $ref, ...own } = mapping(value);
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) return own;
  let found: unknown = root;
  for (const key of decodeURIComponent($ref.slice(2)).split("/"))
    found = (found as Json | undefined)?.[key.replaceAll("~1", "/").replaceAll("~0", "~")];
  return { ...followed(root, found), ...own };
}

function baseOf(servers: unknown): string | undefined {
  const [first] = Array.isArray(servers) ? servers : [];
  if (first === undefined) return undefined;
  const { url, variables } = mapping(first);
  const filled = String(url).replace(/\{([^}]+)\}/g, (_, name: string) =>
    String(mapping(mapping(variables)[name]).default ?? ""),
  );
  return filled.replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/\/+$/, "");
}

/** The names of a path that may span segments. */
function spanning(root: Json, ...lists: readonly unknown[]): ReadonlySet<unknown> {
  const all = lists.flatMap((some) => (Array.isArray(some) ? some : [])).map((one) => followed(root, one));
  return new Set(all.filter((one) => one["x-multi-segment"] === true).map((one) => one.name));
}

function segmentsOf(whole: string, spans: ReadonlySet<unknown>): readonly Segment[] {
  return whole
    .slice(1)
    .split("/")
    .map((segment, at, all): Segment => {
      const name = /\{([^{}]*)\}/.exec(segment)?.[1];
      if (name === undefined) return { literal: decodeURI(segment) };
      const isRest = name.endsWith("+") || spans.has(name);
      return isRest && at === all.length - 1 ? "rest" : "one";
    });
}

/** In the document's order. */
export function describedBy(document: Json, isGateway: boolean): readonly Described[] {
  const rootBase =
    document.swagger === undefined ? baseOf(document.servers) : String(document.basePath ?? "");
  return Object.entries(mapping(document.paths)).flatMap(([path, written]) => {
    if (!path.startsWith("/") && path !== "$default") return [];
    const item = followed(document, written);
    return [...METHODS, ANY].flatMap((name) => {
      if (typeof item[name] !== "object" || item[name] === null) return [];
      const value = followed(document, item[name]);
      const base = isGateway ? "" : (baseOf(value.servers ?? item.servers) ?? rootBase ?? "");
      const spans = spanning(document, item.parameters, value.parameters);
      const places = path === "$default" ? ["/{all+}", "/"] : [`${base.replace(/\/+$/, "")}${path}`];
      return places.map((whole) => {
        const method = name === ANY ? null : name.toUpperCase();
        return { method, path, whole, segments: segmentsOf(whole, spans), value };
      });
    });
  });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** How exactly a path is taken: a number for each segment; undefined: not at all. */
function exactness(segments: readonly Segment[], path: readonly string[]): readonly number[] | undefined {
  const found: number[] = [];
  for (const [at, segment] of segments.entries()) {
    if (segment === "rest") {
      const rest = path.slice(at);
      return rest.some((one) => one !== "") ? [...found, 1] : undefined;
    }
    const sent = path[at];
    if (sent === undefined) return undefined;
    if (segment === "one") {
      if (sent === "") return undefined;
      found.push(2);
    } else {
      if (decoded(sent) !== segment.literal) return undefined;
      found.push(3);
    }
  }
  return segments.length === path.length ? found : undefined;
}

function compared(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++)
    if (a[at] !== b[at]) return (b[at] as number) - (a[at] as number);
  return b.length - a.length;
}

/** The operation that takes a request; undefined: none does. */
export function operationFor(
  described: readonly Described[],
  method: string,
  url: string,
): Described | undefined {
  const path = (url.split("?")[0] as string).slice(1).split("/");
  const takers = described.flatMap((operation) => {
    if (operation.method !== null && operation.method !== method) return [];
    const exact = exactness(operation.segments, path);
    return exact === undefined ? [] : [{ operation, exact }];
  });
  takers.sort(
    (a, b) =>
      compared(a.exact, b.exact) || Number(a.operation.method === null) - Number(b.operation.method === null),
  );
  return takers[0]?.operation;
}
