/** What may stand in the value of a field that is set: `$requestId`, `$route` ...; `$$` is a dollar. */
export const FIELD_VARIABLES = ["requestId", "route", "side", "client", "host", "scheme"] as const;
export type FieldVariable = (typeof FIELD_VARIABLES)[number];

const VARIABLE = /\$(\$|[A-Za-z]\w*)/g;

/** A value as its parts: texts, and variables among them. An unknown name gives what it is. */
export function fieldTemplate(
  value: string,
):
  | { readonly parts: readonly (string | { readonly variable: FieldVariable })[] }
  | { readonly unknown: string } {
  const parts: (string | { readonly variable: FieldVariable })[] = [];
  let from = 0;
  for (const match of value.matchAll(VARIABLE)) {
    const [whole, name] = match as unknown as readonly [string, string];
    const text = value.slice(from, match.index) + (name === "$" ? "$" : "");
    if (text !== "") parts.push(text);
    from = match.index + whole.length;
    if (name === "$") continue;
    const variable = FIELD_VARIABLES.find((known) => known === name);
    if (variable === undefined) return { unknown: name };
    parts.push({ variable });
  }
  if (from < value.length) parts.push(value.slice(from));
  return { parts };
}
