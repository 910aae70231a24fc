import { scrubbed } from "../../domain/scrub.ts";
import { templateOf } from "../../routing/index.ts";

/** A path of OpenAPI as fig matches it. */
export interface ReadPath {
  readonly path: string;
  /** By name in the document: what the capture is called. */
  readonly captures: ReadonlyMap<string, string>;
  /** What could not be kept; undefined: it matches the same. */
  readonly changed: string | undefined;
  /** Why it cannot be a route. */
  readonly wrong: string | undefined;
}

function captureName(name: string, taken: ReadonlySet<string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)|^$/, "_");
  let result = plain;
  for (let i = 2; taken.has(result); i++) result = `${plain}_${i}`;
  return result;
}

/** A path of a document has neither: what stands behind these is no part of it, and no route could match it. */
function besidePath(written: string): string | undefined {
  const from = written.search(/[?#]/);
  if (from < 0) return undefined;
  const found = scrubbed(written.slice(from));
  return found.startsWith("?")
    ? `its path has a query, ${found}: write a route with match.query`
    : `its path has a fragment, ${found}, which clients never send`;
}

/**
 * `{x}` has to be a whole segment here, with letters, digits and _ in its name; `{proxy+}` stands last, and so does what is
 * said to span segments.
 */
export function readPath(written: string, spanning: ReadonlySet<string> = new Set()): ReadPath {
  const captures = new Map<string, string>();
  const changed: string[] = [];
  const taken = () => new Set(captures.values());
  const segments = written.split("/").map((segment, at, all) => {
    const names = [...segment.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
    const [first] = names;
    if (first === undefined) return encoded(segment);
    const plain = first.replace(/\+$/, "");
    const spans = first.endsWith("+") || spanning.has(plain);
    const rest = spans && at === all.length - 1 ? "+" : "";
    const name = captureName(plain, taken());
    captures.set(plain, name);
    if (spans && rest === "") changed.push(`{${first}} is one segment`);
    else if (segment !== `{${first}}`) changed.push(`${segment} is {${name}}, which takes any segment`);
    return `{${name}${rest}}`;
  });
  const path = segments.join("/");
  const template = templateOf(path);
  return {
    ...{ path, captures, changed: changed.length === 0 ? undefined : changed.join("; ") },
    wrong: besidePath(written) ?? ("problem" in template ? template.problem : undefined),
  };
}

function encoded(segment: string): string {
  return encodeURI(decodeOr(segment)).replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** A path with captures, percent-encoded beside them. */
export function encodedPath(path: string): string {
  return path
    .split(/(\{[^{}]*\})/)
    .map((part) => (part.startsWith("{") ? part : encoded(part)))
    .join("");
}

function decodeOr(segment: string): string {
  try {
    return decodeURI(segment);
  } catch {
    return segment;
  }
}

/** Two templates that match the same have the same shape. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}+]*(\+?)\}/g, "{$1}");
}

/** `/orders/{id}/items` → `orders.id.items`. */
export function idOf(path: string): string {
  const words = path
    .split("/")
    .map((segment) => segment.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, ""))
    .filter((word) => word !== "");
  return words.length === 0 ? "root" : words.join(".").slice(0, 100);
}
