import { fragmentOf } from "../../domain/openapi/document.ts";
import { scrubbed } from "../../domain/scrub.ts";
import { type Json, list, mapping, type Path, text, type WrittenDocument } from "./written-document.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
export const ANY = "x-amazon-apigateway-any-method";
const MAX_REFERENCES = 16;
/** What else a path item may have. */
const BESIDE: ReadonlySet<string> = new Set([
  ...["$ref", "summary", "description", "servers", "parameters"],
  ...METHODS,
]);

/** One method of one path. */
export interface Operation {
  /** Upper-case; null: any. */
  readonly method: string | null;
  /** As the document has it. */
  readonly path: string;
  readonly value: Json;
  readonly at: Path;
  /** Servers of its own, or of its path; undefined: the document's. */
  readonly servers: readonly Server[] | undefined;
  /** Names of the path that may span segments, as GitHub's document says it (`x-multi-segment`). */
  readonly spanning: ReadonlySet<string>;
}

/** What a reference within the document leads to; the value itself where it is none, or leads nowhere. */
export function resolved(root: Json, value: unknown): Json {
  let at = mapping(value);
  for (let i = 0; i < MAX_REFERENCES; i++) {
    const reference = text(at.$ref);
    const fragment = reference?.startsWith("#/") === true ? fragmentOf(reference) : undefined;
    if (fragment === undefined) return at;
    const steps = fragment.slice(1).split("/");
    at = mapping(
      steps.reduce<unknown>((found, step) => {
        const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
        return Array.isArray(found) ? found[Number(key)] : mapping(found)[key];
      }, root),
    );
  }
  return at;
}

/** A path item with what it refers to; its own keys count before those. */
function itemOf(root: Json, item: unknown): Json {
  const { $ref, ...own } = mapping(item);
  return $ref === undefined ? own : { ...resolved(root, item), ...own };
}

function isPath(path: string): boolean {
  return path.startsWith("/") || path === "$default";
}

function spanningOf(root: Json, ...parameters: readonly unknown[]): ReadonlySet<string> {
  const all = parameters.flatMap((some) => list(some)).map((one) => resolved(root, one));
  return new Set(
    all
      .filter((one) => one.in === "path" && one["x-multi-segment"] === true)
      .flatMap(({ name }) => text(name) ?? []),
  );
}

/** In the document's order. */
export function operationsOf({ value }: WrittenDocument): readonly Operation[] {
  const found: Operation[] = [];
  for (const [path, written] of Object.entries(mapping(value.paths))) {
    if (!isPath(path)) continue;
    const item = itemOf(value, written);
    for (const name of [...METHODS, ANY]) {
      if (typeof item[name] !== "object" || item[name] === null) continue;
      const method = name === ANY ? null : name.toUpperCase();
      const operation = resolved(value, item[name]);
      const servers = operation.servers ?? item.servers;
      found.push({
        ...{ method, path, value: operation, at: ["paths", path, name] },
        servers: list(servers).length === 0 ? undefined : serversIn(servers),
        spanning: spanningOf(value, item.parameters, operation.parameters),
      });
    }
  }
  return found;
}

/** What stands under `paths` and is no operation, though somebody meant something by it. */
export function misfitsOf({ value }: WrittenDocument): readonly (readonly [at: Path, message: string])[] {
  const misfits: (readonly [at: Path, message: string])[] = [];
  for (const [path, written] of Object.entries(mapping(value.paths))) {
    const at: Path = ["paths", path];
    if (!isPath(path)) {
      if (!path.startsWith("x-")) misfits.push([at, `${path}: no path, since it begins with no slash`]);
      continue;
    }
    const item = itemOf(value, written);
    const away = text(mapping(written).$ref);
    if (away !== undefined && Object.keys(resolved(value, written)).every((key) => key === "$ref"))
      misfits.push([
        at,
        away.startsWith("#")
          ? `${path}: nothing stands at ${away}`
          : `${path}: it stands in another document, ${scrubbed(away)}: bundle them into one`,
      ]);
    for (const [key, operation] of Object.entries(item)) {
      const known = BESIDE.has(key) || key.startsWith("x-");
      if (!known) misfits.push([[...at, key], `${key} ${path}: no method of OpenAPI 3.0 and 3.1`]);
      else if (
        (METHODS as readonly string[]).includes(key) &&
        (operation === null || typeof operation !== "object")
      )
        misfits.push([[...at, key], `${key.toUpperCase()} ${path}: it is described by nothing, {} would do`]);
    }
  }
  return misfits;
}

/** `/v1/` is `/v1`, and `/` nothing. */
export function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === "/") end--;
  return path.slice(0, end);
}

export interface Server {
  readonly origin: string;
  /** Without a slash at the end. */
  readonly base: string;
  /** Its variables, by the values that stand for them here. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Origins with a path, `{variables}` by their defaults. */
function serversIn(servers: unknown): readonly Server[] {
  return list(servers).flatMap((server) => {
    const { url, variables: given } = mapping(server);
    const variables = new Map<string, string>();
    const filled = (text(url) ?? "").replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
      const value = String(mapping(mapping(given)[name]).default ?? "");
      variables.set(name, value);
      return value;
    });
    const parsed = URL.parse(filled);
    if (parsed !== null && /^https?:$/.test(parsed.protocol))
      return [{ origin: parsed.origin, base: withoutLastSlashes(parsed.pathname), variables }];
    return filled.startsWith("/") ? [{ origin: "", base: withoutLastSlashes(filled), variables }] : [];
  });
}

/** The servers of an OpenAPI document; of Swagger 2.0 its host. */
export function serversOf({ value }: WrittenDocument): readonly Server[] {
  if (value.swagger === undefined) return serversIn(value.servers);
  const host = text(value.host);
  const scheme = list(value.schemes).includes("https") || value.schemes === undefined ? "https" : "http";
  const written = withoutLastSlashes(text(value.basePath) ?? "");
  const base = written === "" || written.startsWith("/") ? written : `/${written}`;
  const origin = URL.parse(host === undefined ? "" : `${scheme}://${host}`)?.origin ?? "";
  return [{ origin, base, variables: new Map() }];
}
