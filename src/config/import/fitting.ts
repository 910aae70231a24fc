import { policiesSchema } from "../policies/index.ts";
import { upstreamSchema } from "../upstream-schema.ts";
import type { Json } from "./written-document.ts";

/** A value with what `vars` stand for in it. */
function filled(value: unknown, vars: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string")
    return value.replaceAll(/\$\{vars\.([\w-]+)\}/g, (whole, name: string) => vars[name] ?? whole);
  if (Array.isArray(value)) return value.map((item) => filled(item, vars));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, filled(member, vars)]));
}

/** Whether fig.yaml takes this upstream. What a document says is anybody's. */
export function fitsUpstream(value: Json | string, vars: Readonly<Record<string, string>>): boolean {
  return upstreamSchema.safeParse(filled(value, vars)).success;
}

/** Those policies that the files take, and the names of the others. */
export function fittingPolicies(
  policies: Json,
  vars: Readonly<Record<string, string>>,
): { readonly policies: Json; readonly left: readonly string[] } {
  const left: string[] = [];
  const fits = (name: string, value: unknown) =>
    policiesSchema.safeParse({ [name]: filled(value, vars) }).success;
  const kept = Object.entries(policies).flatMap(([name, value]): (readonly [string, unknown])[] => {
    if (fits(name, value)) return [[name, value]];
    left.push(name);
    // An answer without its fields is one still.
    if (name !== "respond") return [];
    const { headers: _headers, ...plain } = value as Json;
    return fits(name, plain) ? [[name, plain]] : [];
  });
  return { policies: Object.fromEntries(kept), left };
}
