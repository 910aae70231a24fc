import { decodeFully, decodeOnce, latin1OfUtf8 } from "./bytes.ts";

/** One segment of a path template. Literal text is percent-decoded, as a latin1 string of its bytes. */
export type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  /** `{x}`: one non-empty segment. */
  | { readonly kind: "one"; readonly name: string }
  /** `{x+}`: the rest of the path, with at least one non-empty segment in it. Always last. */
  | { readonly kind: "rest"; readonly name: string };

export interface PathTemplate {
  readonly segments: readonly TemplateSegment[];
  /** Names of the captures, in order. */
  readonly names: readonly string[];
}

/** Why a template cannot be used, and what would be right. Tell it by `"problem" in result`. */
interface TemplateProblem {
  readonly problem: string;
  readonly remedy: string;
}

const CAPTURE = /^\{([A-Za-z_][A-Za-z0-9_]*)(\+?)\}$/;
const CAPTURES_WITHIN = /\{([A-Za-z_][A-Za-z0-9_]*)\+?\}/g;
const MAX_SEGMENTS = 64;
const LIKE = "write it like /api/orders/{id} or /files/{rest+}";

/** What is wrong with any path, template of a match or of a side. */
function spellingProblem(path: string): TemplateProblem | undefined {
  if (!path.startsWith("/")) return { problem: `path "${path}" does not begin with /`, remedy: LIKE };
  if (path.includes("?")) {
    return {
      problem: `path "${path}" has a query`,
      remedy: "remove ? and everything after it; match.query matches a query",
    };
  }
  if (path.includes("#")) {
    return {
      problem: `path "${path}" has a #, which clients never send`,
      remedy: "write %23 for a literal #",
    };
  }
  for (const char of path) {
    const code = char.codePointAt(0) as number;
    if (code <= 0x20 || code === 0x7f) {
      return {
        problem: `path ${JSON.stringify(path)} has a space or a control character`,
        remedy: "percent-encode it; a space is %20",
      };
    }
  }
  if (path.includes("\\")) {
    return { problem: `path "${path}" has a backslash`, remedy: "write / between segments" };
  }
  return undefined;
}

function captureProblem(path: string, segment: string): TemplateProblem {
  const inner = /\{[^}]*\}/.exec(segment)?.[0];
  if (inner === undefined) {
    return {
      problem: `path "${path}" has an unpaired brace in "${segment}"`,
      remedy: `${LIKE}; a literal brace is %7B or %7D`,
    };
  }
  if (inner !== segment) {
    return {
      problem: `path "${path}" has a capture that is only a part of the segment "${segment}"`,
      remedy: "make {x} a whole segment",
    };
  }
  return {
    problem: `path "${path}" has a capture ${inner} without a valid name`,
    remedy: "name it with letters, digits and _: {id} or {rest+}",
  };
}

/**
 * A literal that the lenient reading changes could only ever be matched by ambiguous paths, so by none.
 */
function literalProblem(
  path: string,
  segment: string,
  text: string,
  last: boolean,
): TemplateProblem | undefined {
  if (text === "" && !last) {
    return {
      problem: `path "${path}" has an empty segment (//), which no unambiguous request matches`,
      remedy: "write a single /",
    };
  }
  if (text === "." || text === ".." || /^\.\.?;/.test(text)) {
    return {
      problem: `path "${path}" has a dot segment "${segment}", which no unambiguous request matches`,
      remedy: "write the path it resolves to",
    };
  }
  if (/[/\\]/.test(text)) {
    return {
      problem: `path "${path}" has an encoded slash in "${segment}", which no unambiguous request matches`,
      remedy: "match it with {x}",
    };
  }
  if (decodeFully(text) !== text) {
    return {
      problem: `path "${path}" has the doubly encoded segment "${segment}", which no unambiguous request matches`,
      remedy: "match it with {x}",
    };
  }
  return undefined;
}

/**
 * Parses the path template of a route's match. Literal segments may be percent-encoded; they are compared decoded. The path
 * `/a/` ends in an empty literal segment, so `/a` and `/a/` are two paths.
 */
export function templateOf(path: string): PathTemplate | TemplateProblem {
  const misspelt = spellingProblem(path);
  if (misspelt !== undefined) return misspelt;
  const written = path.slice(1).split("/");
  if (written.length > MAX_SEGMENTS) {
    return {
      problem: `path "${path.slice(0, 40)}…" has more than ${MAX_SEGMENTS} segments`,
      remedy: "take the rest with {x+}",
    };
  }
  const segments: TemplateSegment[] = [];
  const names: string[] = [];
  for (const [index, segment] of written.entries()) {
    const last = index === written.length - 1;
    if (/[{}]/.test(segment)) {
      const capture = CAPTURE.exec(segment);
      if (capture === null) return captureProblem(path, segment);
      const name = capture[1] as string;
      const rest = capture[2] === "+";
      if (rest && !last) {
        return {
          problem: `path "${path}" has {${name}+} before its end`,
          remedy: `make {${name}+} the last segment, or write {${name}}`,
        };
      }
      if (names.includes(name)) {
        return { problem: `path "${path}" has two captures named ${name}`, remedy: "give each its own name" };
      }
      names.push(name);
      segments.push({ kind: rest ? "rest" : "one", name });
      continue;
    }
    const text = decodeOnce(latin1OfUtf8(segment));
    if (text === undefined) {
      return {
        problem: `path "${path}" has an invalid percent-encoding in "${segment}"`,
        remedy: "write %25 for a literal %",
      };
    }
    const problem = literalProblem(path, segment, text, last);
    if (problem !== undefined) return problem;
    segments.push({ kind: "literal", text });
  }
  return { segments, names };
}

/** A side's path template: text to send as it is, and indexes into the captures of the route's match. */
export type RewritePart = string | number;

/** What goes over the wire for text of a side's template: non-ASCII characters percent-encoded as UTF-8. */
function wireText(text: string): string {
  let wire = "";
  for (const char of latin1OfUtf8(text)) {
    const code = char.charCodeAt(0);
    wire += code < 0x80 ? char : `%${code.toString(16).toUpperCase()}`;
  }
  return wire;
}

/**
 * Parses a side's path template against the captures its route has. `{x}` (and `{x+}`, the same) may stand anywhere after
 * the first slash, also within a segment.
 */
export function rewriteOf(path: string, names: readonly string[]): readonly RewritePart[] | TemplateProblem {
  const misspelt = spellingProblem(path);
  if (misspelt !== undefined) return misspelt;
  if (decodeOnce(latin1OfUtf8(path)) === undefined) {
    return { problem: `path "${path}" has an invalid percent-encoding`, remedy: "write %25 for a literal %" };
  }
  const parts: RewritePart[] = [];
  let from = 0;
  const literal = (text: string): TemplateProblem | undefined => {
    if (/[{}]/.test(text)) {
      return {
        problem: `path "${path}" has a brace that is not part of a capture`,
        remedy: "write {name}, or %7B and %7D for literal braces",
      };
    }
    if (text !== "") parts.push(wireText(text));
    return undefined;
  };
  for (const found of path.matchAll(CAPTURES_WITHIN)) {
    const problem = literal(path.slice(from, found.index));
    if (problem !== undefined) return problem;
    const name = found[1] as string;
    const index = names.indexOf(name);
    if (index < 0) {
      const known =
        names.length === 0
          ? "match.path has no captures"
          : `match.path has ${names.map((n) => `{${n}}`).join(", ")}`;
      return {
        problem: `path "${path}" inserts {${name}}, which match.path does not capture`,
        remedy: known,
      };
    }
    parts.push(index);
    from = found.index + found[0].length;
  }
  return literal(path.slice(from)) ?? parts;
}
