import type { OpenApiIndex, OpenApiOperation } from "./document.ts";

/** A path template ready to match: literal segments, and those with parameters in them. */
interface Matching {
  readonly segments: readonly (
    | string
    | { readonly names: readonly string[]; readonly parts: readonly string[] }
  )[];
  readonly literals: number;
  readonly operations: ReadonlyMap<string, OpenApiOperation>;
}

interface FoundOperation {
  readonly operation: OpenApiOperation;
  /** As they were sent. */
  readonly captures: Readonly<Record<string, string>>;
}

function segmentOf(text: string): Matching["segments"][number] {
  const names: string[] = [];
  const parts: string[] = [];
  let from = 0;
  for (const found of text.matchAll(/\{([^{}]*)\}/g)) {
    parts.push(text.slice(from, found.index));
    names.push(found[1] as string);
    from = found.index + found[0].length;
  }
  return names.length === 0 ? text : { names, parts: [...parts, text.slice(from)] };
}

/** What the parameters of one segment hold; undefined: it does not match. Each takes as little as it can, and at least one character. */
function captured(
  sent: string,
  { names, parts }: Exclude<Matching["segments"][number], string>,
): readonly string[] | undefined {
  const [first = "", ...rest] = parts;
  if (!sent.startsWith(first)) return undefined;
  const values: string[] = [];
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const last = index === names.length - 1;
    const end = last ? sent.length - part.length : sent.indexOf(part, at + 1);
    if (end <= at || !sent.startsWith(part, end)) return undefined;
    values.push(sent.slice(at, end));
    at = end + part.length;
  }
  return values;
}

/** Finds operations by method and path, the more literal path first. */
export class OpenApiPaths {
  private readonly bases: readonly string[];
  private readonly byLength = new Map<number, Matching[]>();

  constructor({ bases, operations }: OpenApiIndex) {
    // The longest first: `/api/orders` of base `/api` rather than of none.
    this.bases = bases.toSorted((a, b) => b.length - a.length);
    const paths = Map.groupBy(operations, ({ path }) => path);
    for (const [path, those] of paths) {
      const segments = path.split("/").slice(1).map(segmentOf);
      const literals = segments.filter((one) => typeof one === "string").length;
      const matching = { segments, literals, operations: new Map(those.map((one) => [one.method, one])) };
      this.byLength.set(segments.length, [...(this.byLength.get(segments.length) ?? []), matching]);
    }
    for (const list of this.byLength.values()) list.sort((a, b) => b.literals - a.literals);
  }

  /** `no_path`: the document has no such path; `no_method`: it has the path, and not with this method. */
  find(method: string, path: string): FoundOperation | "no_path" | "no_method" {
    let known = false;
    for (const base of this.bases) {
      if (!path.startsWith(`${base}/`)) continue;
      const sent = path.slice(base.length + 1).split("/");
      for (const { segments, operations } of this.byLength.get(sent.length) ?? []) {
        const captures = match(sent, segments);
        if (captures === undefined) continue;
        // A HEAD is answered where a GET is (RFC 9110 §9.3.2).
        const operation = operations.get(method) ?? (method === "HEAD" ? operations.get("GET") : undefined);
        if (operation !== undefined) return { operation, captures };
        known = true;
      }
    }
    return known ? "no_method" : "no_path";
  }
}

function match(sent: readonly string[], segments: Matching["segments"]): Record<string, string> | undefined {
  const captures: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = sent[index] as string;
    if (typeof segment === "string") {
      if (text !== segment && decodedOr(text) !== segment) return undefined;
    } else {
      const values = captured(text, segment);
      if (values === undefined || isDots(text)) return undefined;
      for (const [at, name] of segment.names.entries()) captures[name] = values[at] as string;
    }
  }
  return captures;
}

/** Servers read it as a step to another path (RFC 3986 §5.2.4), some of them with parameters behind it. */
function isDots(segment: string): boolean {
  return /^\.{1,2}(?:;|$)/.test(decodedOr(segment));
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
