/** An OpenAPI document (3.0 or 3.1) as requests are checked against it. Pure: nothing is fetched, and references leave no document. */

export type OpenApiVersion = "3.0" | "3.1";

/** Where something stands in the document: a JSON pointer (RFC 6901). */
type Pointer = string;

export interface OpenApiParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly required: boolean;
  readonly style: string;
  readonly explode: boolean;
  /** The value is JSON text. */
  readonly json: boolean;
  readonly schema: Pointer | undefined;
}

/** Media types to the schemas of their bodies; undefined: any body. */
export type OpenApiContent = ReadonlyMap<string, Pointer | undefined>;

export interface OpenApiOperation {
  /** Upper-case. */
  readonly method: string;
  /** As the document has it: `/orders/{id}`. */
  readonly path: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly body: { readonly required: boolean; readonly content: OpenApiContent } | undefined;
  /** By status, `2XX` or `default`. */
  readonly answers: ReadonlyMap<string, OpenApiContent | undefined>;
}

export interface OpenApiIndex {
  readonly version: OpenApiVersion;
  /** Paths that stand before every path of the document: those of its `servers`, without a slash at the end. */
  readonly bases: readonly string[];
  readonly operations: readonly OpenApiOperation[];
}

/** What is wrong with a document, and where. */
interface OpenApiProblem {
  readonly at: Pointer;
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
const PLACES = ["path", "query", "header", "cookie"] as const;
const STYLES: Readonly<Record<(typeof PLACES)[number], readonly string[]>> = {
  path: ["simple", "label", "matrix"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
  header: ["simple"],
  cookie: ["form"],
};
/** Whose `required` and values are another's to say (OpenAPI 3.1 §4.8.12.1). */
const NOT_PARAMETERS: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);
const MAX_REFERENCES = 32;
/** What stands there is a value, whatever it looks like. */
const NOT_SCHEMAS: ReadonlySet<string> = new Set(["example", "examples", "default", "enum", "const"]);

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The pointer to what stands there under these keys. */
export function below(at: Pointer, ...keys: readonly (string | number)[]): Pointer {
  return [at, ...keys.map((key) => escaped(String(key)))].join("/");
}

/** What a pointer leads to; undefined: nothing. */
export function atPointer(document: unknown, pointer: Pointer): unknown {
  let value = document;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Json)[key];
  }
  return value;
}

/** Where a reference within the document leads; undefined: its fragment is not encoded as one. */
export function fragmentOf($ref: string): Pointer | undefined {
  try {
    return decodeURIComponent($ref.slice(1));
  } catch {
    return undefined;
  }
}

class Indexer {
  readonly problems: OpenApiProblem[] = [];
  private readonly document: Json;

  constructor(document: Json) {
    this.document = document;
  }

  index(version: OpenApiVersion): OpenApiIndex {
    const operations: OpenApiOperation[] = [];
    const { paths } = this.document;
    if (!isObject(paths)) this.wrong("/paths", "the document has no paths");
    else
      for (const path of Object.keys(paths))
        if (path.startsWith("/")) operations.push(...this.pathItem(path, below("/paths", path).slice(0)));
        else if (!path.startsWith("x-")) this.wrong(below("/paths", path), "a path begins with a slash");
    return { version, bases: this.bases(), operations };
  }

  /** The object that stands there, references followed. */
  private resolved(at: Pointer): { readonly at: Pointer; readonly value: Json } | undefined {
    let place = at;
    for (let step = 0; step <= MAX_REFERENCES; step++) {
      const value = atPointer(this.document, place);
      if (!isObject(value)) {
        this.wrong(place, "an object is missing here");
        return undefined;
      }
      const { $ref } = value;
      if (typeof $ref !== "string") return { at: place, value };
      if (!$ref.startsWith("#/")) {
        this.wrong(place, "this reference leads out of the document: bundle the documents into one");
        return undefined;
      }
      const next = fragmentOf($ref);
      if (next === undefined) {
        this.wrong(place, "this reference is not percent-encoded UTF-8");
        return undefined;
      }
      place = next;
    }
    this.wrong(at, "these references go in circles");
    return undefined;
  }

  private bases(): readonly string[] {
    const { servers } = this.document;
    const urls = Array.isArray(servers)
      ? servers.map((server) => (isObject(server) ? server.url : undefined))
      : [];
    const paths = urls.flatMap((url) => {
      if (typeof url !== "string" || url.includes("{")) return [];
      const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/[?#].*$/, "");
      return [path.replace(/\/$/, "")];
    });
    return [...new Set(["", ...paths])];
  }

  private pathItem(path: string, at: Pointer): readonly OpenApiOperation[] {
    const item = this.resolved(at);
    if (item === undefined) return [];
    const shared = this.parameters(item.at, item.value);
    return METHODS.filter((method) => item.value[method] !== undefined).flatMap((method) => {
      const place = below(item.at, method);
      const operation = item.value[method];
      if (!isObject(operation)) {
        this.wrong(place, "an operation is an object");
        return [];
      }
      const own = this.parameters(place, operation);
      const named = new Map([...shared, ...own].map((one) => [`${one.in} ${one.name}`, one]));
      return [
        {
          method: method.toUpperCase(),
          path,
          parameters: [...named.values()],
          body: operation.requestBody === undefined ? undefined : this.body(below(place, "requestBody")),
          answers: this.answers(place, operation),
        },
      ];
    });
  }

  private parameters(at: Pointer, { parameters }: Json): readonly OpenApiParameter[] {
    if (!Array.isArray(parameters)) return [];
    return parameters.flatMap((_, index) => {
      const found = this.resolved(below(at, "parameters", index));
      return found === undefined ? [] : this.parameter(found.at, found.value);
    });
  }

  private parameter(at: Pointer, value: Json): readonly OpenApiParameter[] {
    const place = PLACES.find((one) => one === value.in);
    const { name } = value;
    if (place === undefined || typeof name !== "string") {
      this.wrong(at, "a parameter has a name, and is in path, query, header or cookie");
      return [];
    }
    if (place === "header" && NOT_PARAMETERS.has(name.toLowerCase())) return [];
    const style = typeof value.style === "string" ? value.style : (STYLES[place][0] as string);
    if (!STYLES[place].includes(style)) {
      this.wrong(at, `a parameter in ${place} has no style ${style}`);
      return [];
    }
    const content = value.content === undefined ? undefined : this.content(below(at, "content"));
    const [first] = content?.entries() ?? [];
    const schema =
      content === undefined ? (value.schema === undefined ? undefined : below(at, "schema")) : first?.[1];
    const explode = typeof value.explode === "boolean" ? value.explode : style === "form";
    const required = place === "path" || value.required === true;
    return [{ name, in: place, required, style, explode, json: first !== undefined, schema }];
  }

  private body(at: Pointer): OpenApiOperation["body"] {
    const found = this.resolved(at);
    if (found === undefined) return undefined;
    return { required: found.value.required === true, content: this.content(below(found.at, "content")) };
  }

  private answers(at: Pointer, { responses }: Json): OpenApiOperation["answers"] {
    const answers = new Map<string, OpenApiContent | undefined>();
    for (const status of Object.keys(isObject(responses) ? responses : {})) {
      if (status.startsWith("x-")) continue;
      const found = this.resolved(below(at, "responses", status));
      if (found === undefined) continue;
      const { content } = found.value;
      answers.set(
        status.toUpperCase(),
        content === undefined ? undefined : this.content(below(found.at, "content")),
      );
    }
    return answers;
  }

  private content(at: Pointer): OpenApiContent {
    const value = atPointer(this.document, at);
    if (!isObject(value)) {
      this.wrong(at, "the content is a mapping of media types");
      return new Map();
    }
    return new Map(
      Object.entries(value).map(([type, media]) => [
        type.toLowerCase().split(";", 1)[0]?.trim() ?? "",
        isObject(media) && media.schema !== undefined ? below(at, type, "schema") : undefined,
      ]),
    );
  }

  /** Those in schemas, which are followed only when a message is checked: each leads somewhere in the document. */
  references(): void {
    const waiting: (readonly [at: Pointer, value: unknown])[] = [["", this.document]];
    const seen = new Set<unknown>();
    const leads: (readonly [at: Pointer, $ref: string])[] = [];
    let renamed = false;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [at, value] = next;
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      for (const [key, part] of Object.entries(value)) {
        if (key === "$ref" && typeof part === "string") leads.push([at, part]);
        // Names of another schema's own, from which its references are read (JSON Schema 2020-12 §8.2.1).
        if (key === "$id" && typeof part === "string") renamed = true;
        if (!NOT_SCHEMAS.has(key) && !key.startsWith("x-")) waiting.push([below(at, key), part]);
      }
    }
    if (renamed) return;
    for (const [at, $ref] of leads) {
      const lead = fragmentOf($ref);
      if (!$ref.startsWith("#"))
        this.wrong(at, "this reference leads out of the document: bundle the documents into one");
      else if (lead === undefined || (/^\/|^$/.test(lead) && atPointer(this.document, lead) === undefined))
        this.wrong(at, `nothing stands at ${$ref}`);
    }
  }

  private wrong(at: Pointer, message: string): void {
    // The references of a path are looked at twice.
    if (!this.problems.some((one) => one.at === at)) this.problems.push({ at, message });
  }
}

/** Reads a document. References that lead out of it are problems: whoever could name a URL there would have it fetched. */
export function indexOpenApi(document: unknown): OpenApiIndex | readonly OpenApiProblem[] {
  const version = isObject(document) && typeof document.openapi === "string" ? document.openapi : "";
  const known = version.startsWith("3.0.") ? "3.0" : version.startsWith("3.1.") ? "3.1" : undefined;
  if (!isObject(document) || known === undefined)
    return [{ at: "/openapi", message: "this is no OpenAPI document of version 3.0 or 3.1" }];
  const indexer = new Indexer(document);
  const index = indexer.index(known);
  indexer.references();
  return indexer.problems.length > 0 ? indexer.problems : index;
}
