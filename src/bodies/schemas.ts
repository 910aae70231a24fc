import { Ajv, type ErrorObject, type FuncKeywordDefinition, type Options, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { RE2JS } from "re2js";
import { canonicalJson } from "../domain/canonical-json.ts";
import { atPointer, below, isObject, type OpenApiVersion } from "../domain/openapi/document.ts";

/** What is read of a message and what of an answer: a property that only one of them has is not required of the other. */
export type Direction = "request" | "answer";

const ROOT = "openapi:document";

/** Patterns are the document's, texts are anybody's: they are matched in linear time. */
function linearPattern(pattern: string): RegExp {
  const matcher = RE2JS.compile(pattern);
  return { test: (text: string) => matcher.matcher(text).find() } as RegExp;
}
linearPattern.code = "require('re2js')";

function optionsFor(coerce: boolean): Options {
  return {
    strict: false,
    validateSchema: false,
    logger: false,
    allErrors: false,
    // An error names the schema that it is of.
    verbose: true,
    coerceTypes: coerce ? "array" : false,
    code: { regExp: linearPattern as never },
  };
}

/** What 3.0 writes in another way than JSON Schema, and what `readOnly` and `writeOnly` make of `required`. */
function prepared(value: unknown, version: OpenApiVersion, direction: Direction): unknown {
  if (Array.isArray(value)) return value.map((one) => prepared(one, version, direction));
  if (!isObject(value)) return value;
  const next: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) next[key] = prepared(part, version, direction);
  if (version === "3.0") {
    bound(next, "exclusiveMinimum", "minimum");
    bound(next, "exclusiveMaximum", "maximum");
  }
  const { required, properties } = value;
  if (Array.isArray(required) && isObject(properties)) {
    const others = direction === "request" ? "readOnly" : "writeOnly";
    next.required = required.filter((name) => {
      const property = typeof name === "string" ? properties[name] : undefined;
      return !(isObject(property) && property[others] === true);
    });
  }
  return next;
}

/** `exclusiveMinimum: true` beside `minimum` (draft 4). */
function bound(schema: Record<string, unknown>, exclusive: string, plain: string): void {
  if (schema[exclusive] === true) {
    schema[exclusive] = schema[plain];
    delete schema[plain];
  } else if (schema[exclusive] === false) delete schema[exclusive];
}

/** The objects of a document, and the JSON pointers to them. */
function placesOf(document: unknown): ReadonlyMap<object, string> {
  const places = new Map<object, string>();
  const waiting: (readonly [value: unknown, at: string])[] = [[document, ""]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, at] = next;
    if (typeof value !== "object" || value === null) continue;
    places.set(value, at);
    for (const [key, part] of Object.entries(value)) waiting.push([part, below(at, key)]);
  }
  return places;
}

/** Equal numbers are one, and so are objects whose members come in another order (JSON Schema, core §4.2.2). */
function areDistinct(list: readonly unknown[]): boolean {
  const seen = new Set<string>();
  for (const each of list) {
    const text = canonicalJson(each);
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}

/** Ajv's own holds each two elements against each other: 40 KiB of a client's would keep the thread for seconds. */
const UNIQUE_ITEMS: FuncKeywordDefinition = {
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  validate: (asked: boolean, list: readonly unknown[]) => !asked || areDistinct(list),
  error: { message: "must NOT have duplicate items" },
};

const USER = "(?:\\S+(?::\\S*)?@)?";
const USER_AND_HOST = /^([a-z]{1,5}:\/\/)([^\s/]+)@(?=[^@/]*(?:\/|$))/i;

/** Ajv's `url`, which looks for a user in quadratic time: here the user is taken out first. */
function linearUrl(ajv: Ajv): void {
  const pattern = ajv.formats.url;
  if (!(pattern instanceof RegExp) || !pattern.source.includes(USER)) return;
  const withoutUser = new RegExp(pattern.source.replace(USER, ""), pattern.flags);
  ajv.addFormat("url", (text: string) => withoutUser.test(text.replace(USER_AND_HOST, "$1")));
}

/** The schemas of one document, compiled as they are needed. */
export class Schemas {
  private readonly ajvs = new Map<string, Ajv>();
  private readonly compiled = new Map<string, ValidateFunction>();
  /** The document as each of `ajvs` reads it. */
  private readonly texts = new Map<string, object>();
  private places: ReadonlyMap<object, string> | undefined;
  private readonly document: unknown;
  private readonly version: OpenApiVersion;

  constructor(document: unknown, version: OpenApiVersion) {
    this.document = document;
    this.version = version;
  }

  /** What takes long with a large document, before a message waits for it. */
  prepare(): void {
    for (const coerce of [true, false]) this.ajv("request", coerce);
  }

  /** Of the schema at `pointer`. `coerce`: texts are read as the numbers and booleans that it wants. Throws what ajv throws. */
  validator(pointer: string, direction: Direction, coerce: boolean): ValidateFunction {
    const key = `${direction} ${coerce} ${pointer}`;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    if (atPointer(this.document, pointer) === undefined) throw new Error(`nothing stands at ${pointer}`);
    const $ref = `${ROOT}#${encodeURI(pointer)}`;
    const validate = this.ajv(direction, coerce).compile(
      coerce ? { type: "object", properties: { value: { $ref } } } : { $ref },
    );
    this.compiled.set(key, validate);
    return validate;
  }

  /** Where in the document the rule stands that an answer broke. */
  ruleOf({ parentSchema, schemaPath, keyword }: ErrorObject): string {
    this.places ??= placesOf(this.texts.get("answer false"));
    const place = parentSchema === undefined ? undefined : this.places.get(parentSchema);
    return place === undefined ? schemaPath.slice(schemaPath.indexOf("#") + 1) : `${place}/${keyword}`;
  }

  private ajv(direction: Direction, coerce: boolean): Ajv {
    const key = `${direction} ${coerce}`;
    const known = this.ajvs.get(key);
    if (known !== undefined) return known;
    const Kind = this.version === "3.0" ? Ajv : Ajv2020;
    const ajv = new Kind(optionsFor(coerce)).removeKeyword(UNIQUE_ITEMS.keyword as string);
    ajv.addKeyword(UNIQUE_ITEMS);
    (addFormats as unknown as (to: Ajv) => void)(ajv);
    linearUrl(ajv);
    const text = prepared(this.document, this.version, direction) as object;
    this.texts.set(key, text);
    ajv.addSchema(text, ROOT);
    this.ajvs.set(key, ajv);
    return ajv;
  }
}
