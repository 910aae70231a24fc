import { indexOfHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";

/** A list without the fields of these lower-case names. */
export function withoutNamed(list: RawHeaders, names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, list[i + 1] as string);
  }
  return kept;
}

/** Connection names fields that end at this hop: not those that are set here. */
export function keepNamed(list: string[], set: ReadonlySet<string>): void {
  for (let at = indexOfHeader(list, "connection"); at >= 0; at = indexOfHeader(list, "connection", at + 2)) {
    const names = (list[at + 1] as string).split(",");
    list[at + 1] = names.filter((name) => !set.has(name.trim().toLowerCase())).join(",");
  }
}

/** Says that an answer depends on these request fields too (RFC 9110 §12.5.5). */
export function addVary(list: string[], fields: readonly string[]): void {
  const said = new Set<string>();
  for (let at = indexOfHeader(list, "vary"); at >= 0; at = indexOfHeader(list, "vary", at + 2))
    for (const name of (list[at + 1] as string).toLowerCase().split(",")) said.add(name.trim());
  if (said.has("*")) return;
  const missing = fields.filter((name) => !said.has(name.toLowerCase()));
  if (missing.length > 0) list.push("vary", missing.join(", "));
}
