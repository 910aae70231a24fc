/**
 * The part of JSONPath (RFC 9535) that route files use: `$`, `.name`, `["name"]`, `[*]` for every element of an array, `.*` for
 * every member of an object, and `..name` for a member at any depth. Nothing else: an index, filters and slices are refused
 * with a sentence that says what to write instead.
 */

/** Why a pattern cannot be used, and what would be right. */
interface PathPatternProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** `descendant`: a member of that name here or in any value below. */
export type PathStep =
  | { readonly kind: "member" | "descendant"; readonly name: string }
  | { readonly kind: "anyMember" | "element" };

/** How a path writes the step that stands for every element, and for every member. */
export const ELEMENT_STEP = "[*]";
export const ANY_MEMBER_STEP = ".*";

const MAX_STEPS = 100;
const PLAIN_NAME = /[^.[\]"'*\s\\]+/y;
const DOUBLE_QUOTED = /\["((?:[^"\\]|\\.)*)"\]/sy;
const SINGLE_QUOTED = /\['((?:[^'\\]|\\.)*)'\]/sy;

const WRITE_LIKE = 'write it like $.items[*].etag: `$`, then `.name`, `["name"]`, `[*]`, `.*` or `..name`';

function problem(text: string, what: string, remedy = WRITE_LIKE): PathPatternProblem {
  return { problem: `${JSON.stringify(text)} is not a path pattern: ${what}`, remedy };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unquote(inner: string, quote: string): string | undefined {
  const json = quote === '"' ? inner : inner.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"');
  try {
    const value: unknown = JSON.parse(`"${json}"`);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function bracketProblem(text: string, at: number): PathPatternProblem {
  const rest = text.slice(at);
  if (/^\[\s*-?\d+\s*\]/.test(rest)) {
    return problem(text, "it names one index", "write [*], which stands for every element of the array");
  }
  if (/^\[\s*\?/.test(rest)) return problem(text, "filters are not supported");
  if (/^\[[^\]]*:/.test(rest))
    return problem(text, "slices are not supported", "write [*] for every element");
  return problem(text, `nothing valid follows at position ${at + 1}`);
}

/** A name behind `.` or `..`, or in brackets, and where it ends. */
type NameRead = { readonly name: string; readonly end: number } | PathPatternProblem | undefined;

function quotedName(text: string, at: number): NameRead {
  const quoted = matchAt(DOUBLE_QUOTED, text, at) ?? matchAt(SINGLE_QUOTED, text, at);
  if (quoted === null) return undefined;
  const name = unquote(quoted[1] as string, text[at + 1] as string);
  return name === undefined
    ? problem(text, `the quoted name at position ${at + 1} is not a JSON string`)
    : { name, end: at + quoted[0].length };
}

function plainName(text: string, at: number): NameRead {
  const name = matchAt(PLAIN_NAME, text, at);
  return name === null ? undefined : { name: name[0], end: at + name[0].length };
}

type StepRead = { readonly step: PathStep; readonly end: number } | PathPatternProblem;

function stepAt(text: string, at: number): StepRead {
  if (text.startsWith("..", at)) {
    const read = plainName(text, at + 2) ?? quotedName(text, at + 2);
    if (read === undefined) return problem(text, `no name follows the .. at position ${at + 1}`);
    return "problem" in read ? read : { step: { kind: "descendant", name: read.name }, end: read.end };
  }
  if (text.startsWith(ANY_MEMBER_STEP, at)) {
    return { step: { kind: "anyMember" }, end: at + ANY_MEMBER_STEP.length };
  }
  if (text.startsWith(ELEMENT_STEP, at)) return { step: { kind: "element" }, end: at + ELEMENT_STEP.length };
  const read = text[at] === "." ? plainName(text, at + 1) : quotedName(text, at);
  if (read === undefined) {
    return text[at] === "."
      ? problem(text, `no name follows the . at position ${at + 1}`)
      : bracketProblem(text, at);
  }
  return "problem" in read ? read : { step: { kind: "member", name: read.name }, end: read.end };
}

/** The steps of a pattern of either language. Those of markup begin with `/`. */
export function parsePattern(text: string): readonly PathStep[] | PathPatternProblem {
  return isMarkupPattern(text) ? parseMarkupPattern(text) : parsePathPattern(text);
}

export function isMarkupPattern(text: string): boolean {
  return text.startsWith("/");
}

const MARKUP_STEP = /(\/\/?)(\*|@?[^\s/@*[\]()"'=<>]+(?:\(\))?)((?:\[\*\])?)/y;
const MARKUP_LIKE =
  "write it like /html/body//a/@href: `/name`, `//name` at any depth, `/*`, `/@attribute`, `/text()`";

/**
 * The steps of a pattern of XML and HTML, in the manner of XPath; `/` alone is the empty list. Elements of one name have one path,
 * so that `[*]` behind a name says nothing more.
 */
function parseMarkupPattern(text: string): readonly PathStep[] | PathPatternProblem {
  const steps: PathStep[] = [];
  for (let at = 0; at < text.length && text !== "/"; ) {
    const [step = "", slashes, name = ""] = matchAt(MARKUP_STEP, text, at) ?? [];
    if (step === "" || (slashes === "//" && name === "*"))
      return problem(text, `nothing valid follows at position ${at + 1}`, MARKUP_LIKE);
    if (steps.length === MAX_STEPS) return problem(text, `it has more than ${MAX_STEPS} steps`, MARKUP_LIKE);
    if (name === "*") steps.push({ kind: "anyMember" });
    else steps.push({ kind: slashes === "//" ? "descendant" : "member", name });
    at += step.length;
  }
  return steps;
}

const MARKUP_NAME = /^@?[^\s/@*[\]()"'=<>\\]+(?:\(\))?$/;
export const ANY_MARKUP_STEP = "/*";

/** One step as a pattern of markup writes it; a name that no pattern can write is every name. */
export function markupStep(name: string): string {
  return MARKUP_NAME.test(name) ? `/${name}` : ANY_MARKUP_STEP;
}

/** The steps of a pattern after `$`; `$` alone is the empty list. Tell the two results apart with `"problem" in result`. */
export function parsePathPattern(text: string): readonly PathStep[] | PathPatternProblem {
  if (!text.startsWith("$")) return problem(text, "it does not begin with $, or with / for XML and HTML");
  const steps: PathStep[] = [];
  let at = 1;
  while (at < text.length) {
    if (steps.length === MAX_STEPS) return problem(text, `it has more than ${MAX_STEPS} steps`);
    const read = stepAt(text, at);
    if ("problem" in read) return read;
    steps.push(read.step);
    at = read.end;
  }
  return steps;
}

/** A path of a difference is cut here, since the upstreams choose the names in it. */
export const MAX_PATH_CHARS = 256;

/** Such a path names no place. */
export function isCutPath(path: string): boolean {
  return path.length > MAX_PATH_CHARS && path.endsWith("…");
}

const SIMPLE_NAME = /^[^.[\]"'*\s\\]+$/;

/** One member step as a pattern writes it: `.name`, or `["na me"]` where the plain form would not parse. */
export function memberStep(name: string): string {
  return SIMPLE_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
