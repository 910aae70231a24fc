import type { QueryEdit } from "../domain/policies/transform.ts";

/** A name or value as a query has it: `+` is a blank. Undefined: it is no valid encoding. */
function decodedPart(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** A target with another query. Parameters that are not named stay as they were sent, to the byte. */
export function withQuery(target: string, { rename, remove, set }: QueryEdit): string {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const sent = mark < 0 || mark === target.length - 1 ? [] : target.slice(mark + 1).split("&");
  const gone = new Set([...remove, ...Object.keys(set)]);
  const kept: string[] = [];
  for (const pair of sent) {
    const equals = pair.indexOf("=");
    const name = decodedPart(equals < 0 ? pair : pair.slice(0, equals));
    if (name !== undefined && Object.hasOwn(rename, name)) {
      const next = rename[name] as string;
      kept.push(`${encodeURIComponent(next)}${equals < 0 ? "" : pair.slice(equals)}`);
    } else if (name === undefined || !gone.has(name)) kept.push(pair);
  }
  for (const [name, value] of Object.entries(set))
    kept.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  if (sent.length === 0 && kept.length === 0) return target;
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}
