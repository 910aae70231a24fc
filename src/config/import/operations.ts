import { type Json, list, mapping, type Path, text, type WrittenDocument } from "./written-document.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
export const ANY = "x-amazon-apigateway-any-method";
const MAX_REFERENCES = 16;

/** One method of one path. */
export interface Operation {
  /** Upper-case; null: any. */
  readonly method: string | null;
  /** As the document has it. */
  readonly path: string;
  readonly value: Json;
  readonly at: Path;
}

/** What a reference within the document leads to; the value itself where it is none, or leads nowhere. */
export function resolved(root: Json, value: unknown): Json {
  let at = mapping(value);
  for (let i = 0; i < MAX_REFERENCES; i++) {
    const reference = text(at.$ref);
    if (reference === undefined || !reference.startsWith("#/")) return at;
    const steps = reference.slice(2).split("/");
    at = mapping(
      steps.reduce<unknown>(
        (found, step) => mapping(found)[step.replaceAll("~1", "/").replaceAll("~0", "~")],
        root,
      ),
    );
  }
  return at;
}

/** In the document's order. */
export function operationsOf({ value }: WrittenDocument): readonly Operation[] {
  const found: Operation[] = [];
  for (const [path, item] of Object.entries(mapping(value.paths))) {
    if (!path.startsWith("/") && path !== "$default") continue;
    const methods = resolved(value, item);
    for (const name of [...METHODS, ANY]) {
      if (typeof methods[name] !== "object" || methods[name] === null) continue;
      const method = name === ANY ? null : name.toUpperCase();
      found.push({ method, path, value: mapping(methods[name]), at: ["paths", path, name] });
    }
  }
  return found;
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
}

/** The servers of an OpenAPI document: origins with a path, `{variables}` by their defaults. Of Swagger 2.0 its host. */
export function serversOf({ value }: WrittenDocument): readonly Server[] {
  if (value.swagger !== undefined) {
    const host = text(value.host);
    const scheme = list(value.schemes).includes("https") || value.schemes === undefined ? "https" : "http";
    const written = withoutLastSlashes(text(value.basePath) ?? "");
    const base = written === "" || written.startsWith("/") ? written : `/${written}`;
    const origin = URL.parse(host === undefined ? "" : `${scheme}://${host}`)?.origin ?? "";
    return [{ origin, base }];
  }
  return list(value.servers).flatMap((server) => {
    const { url, variables } = mapping(server);
    const filled = (text(url) ?? "").replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
      const of = mapping(mapping(variables)[name]).default;
      return String(of ?? "");
    });
    const parsed = URL.parse(filled);
    if (parsed !== null && /^https?:$/.test(parsed.protocol))
      return [{ origin: parsed.origin, base: withoutLastSlashes(parsed.pathname) }];
    return filled.startsWith("/") ? [{ origin: "", base: withoutLastSlashes(filled) }] : [];
  });
}
