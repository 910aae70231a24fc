import type { RouteDefinition } from "../domain/route.ts";
import { type RewritePart, rewriteOf, templateOf } from "./template.ts";

/** The way back of a side's own path: from a path of its answers to the one a client knows. */
export interface PathBack {
  /** Undefined: the path is none of this route's. `captures`: the request's, for those that the side's path leaves out. */
  path(path: string, captures: readonly string[]): string | undefined;
  /** The same for a cookie's Path, which may also cover what lies above the side's path. */
  cookiePath(path: string, captures: readonly string[]): string | undefined;
}

const SLASH = "/";

/** The literal text before the first capture, up to its last slash; without captures all of it, and a slash. */
function literalPrefix(parts: readonly RewritePart[]): string {
  const first = typeof parts[0] === "string" ? parts[0] : "";
  if (parts.length > 1) return first.slice(0, first.lastIndexOf(SLASH) + 1);
  return first.endsWith(SLASH) ? first : first + SLASH;
}

/**
 * Walks a path beside a template. Gives the captures by index and what is left of the path; undefined: it does not fit. A
 * capture ends where the next literal begins, so nothing is tried twice.
 */
function matched(
  parts: readonly RewritePart[],
  path: string,
  isRest: (capture: number) => boolean,
): { readonly captures: Map<number, string>; readonly left: string } | undefined {
  const captures = new Map<number, string>();
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part === "string") {
      if (!path.startsWith(part, at)) return undefined;
      at += part.length;
      continue;
    }
    const next = parts[index + 1];
    let end: number;
    if (typeof next === "string") end = isRest(part) ? path.lastIndexOf(next) : path.indexOf(next, at + 1);
    else if (isRest(part)) end = path.length;
    else end = path.indexOf(SLASH, at);
    if (end < 0) {
      if (typeof next === "string") return undefined;
      end = path.length;
    }
    const value = path.slice(at, end);
    if (value === "" || (!isRest(part) && value.includes(SLASH))) return undefined;
    captures.set(part, value);
    at = end;
  }
  const left = path.slice(at);
  return left === "" || left.startsWith(SLASH) ? { captures, left } : undefined;
}

/** Undefined: the side has no path of its own, or one of the two is no template. */
export function pathBack(route: RouteDefinition, side: "legacy" | "modern"): PathBack | undefined {
  const sidePath = route[side]?.path;
  const template = templateOf(route.match.path);
  if (sidePath === undefined || "problem" in template) return undefined;
  const theirs = rewriteOf(sidePath, template.names);
  const ours = rewriteOf(route.match.path, template.names);
  if ("problem" in theirs || "problem" in ours) return undefined;
  const rest = template.segments.some(({ kind }) => kind === "rest") ? template.names.length - 1 : -1;
  const theirPrefix = literalPrefix(theirs);
  const ourPrefix = literalPrefix(ours);

  function path(from: string, requested: readonly string[]): string | undefined {
    const fit = matched(theirs as readonly RewritePart[], from, (capture) => capture === rest);
    if (fit !== undefined) {
      let text = "";
      for (const part of ours as readonly RewritePart[])
        text += typeof part === "string" ? part : (fit.captures.get(part) ?? requested[part] ?? "");
      return text + fit.left;
    }
    if (theirPrefix.length > 1 && from.startsWith(theirPrefix))
      return ourPrefix + from.slice(theirPrefix.length);
    if (`${from}/` === theirPrefix) return ourPrefix.slice(0, -1) || SLASH;
    return undefined;
  }

  function cookiePath(from: string, requested: readonly string[]): string | undefined {
    if (from === SLASH) return undefined;
    const known = path(from, requested);
    if (known !== undefined) return known;
    const covered = from.endsWith(SLASH) ? from : `${from}/`;
    if (!theirPrefix.startsWith(covered)) return undefined;
    let alike = 0;
    while (
      alike < Math.min(theirPrefix.length, ourPrefix.length) &&
      theirPrefix.at(-1 - alike) === ourPrefix.at(-1 - alike)
    )
      alike++;
    const theirOwn = theirPrefix.length - alike;
    const ourOwn = ourPrefix.slice(0, ourPrefix.length - alike);
    return from.length <= theirOwn ? ourOwn || SLASH : ourOwn + from.slice(theirOwn);
  }

  return { path, cookiePath };
}
