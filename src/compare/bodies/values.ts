import { parseJson } from "../json-parse.ts";
import type { JsonObject, JsonValue } from "../json-value.ts";
import { RepeatedMember } from "../json-value.ts";

/** Pairs of names and values as an object. A name that is there more than once is so here. */
export function objectOf(pairs: Iterable<readonly [string, JsonValue]>): JsonObject {
  const values = new Map<string, JsonValue[]>();
  for (const [name, value] of pairs) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return new Map(
    [...values].map(([name, all]) => [
      name,
      all.length === 1 ? (all[0] as JsonValue) : new RepeatedMember(all),
    ]),
  );
}

const LOOKS_LIKE_JSON = /^\s*[{[]/;

/** A text that is an object or array of JSON is that. */
export function textOrJson(text: string): JsonValue {
  if (!LOOKS_LIKE_JSON.test(text)) return text;
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : text;
}
