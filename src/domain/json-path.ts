/**
 * The small part of JSONPath (RFC 9535) that route files use: `$`, `.name`, `["name"]` and `[*]`. Nothing else: an index,
 * `..`, filters and slices are refused with a sentence that says what to write instead.
 */

/** Why a pattern cannot be used, and what would be right. */
interface PathPatternProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** The step that stands for `[*]`: every element of an array. */
export const ANY_INDEX = "*";

const MAX_STEPS = 100;
const PLAIN_NAME = /[^.[\]"'*\s\\]+/y;
const DOUBLE_QUOTED = /\["((?:[^"\\]|\\.)*)"\]/sy;
const SINGLE_QUOTED = /\['((?:[^'\\]|\\.)*)'\]/sy;
const ELEMENT = /\[\*\]/y;

const WRITE_LIKE = 'write it like $.items[*].etag: `$`, then `.name`, `["name"]` or `[*]`';

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

/**
 * The steps of a pattern after `$`: names as they are, and ANY_INDEX for `[*]`; `$` alone is the empty list.
 * Tell the two results apart with `"problem" in result`.
 */
export function parsePathPattern(text: string): readonly string[] | PathPatternProblem {
  if (!text.startsWith("$")) return problem(text, "it does not begin with $");
  const steps: string[] = [];
  let at = 1;
  while (at < text.length) {
    if (steps.length === MAX_STEPS) return problem(text, `it has more than ${MAX_STEPS} steps`);
    if (text[at] === ".") {
      if (text[at + 1] === ".") {
        return problem(text, "`..` is not supported", "write the whole path from $ to the value");
      }
      if (text[at + 1] === "*") return problem(text, "`.*` is not supported", "write [*] for every element");
      const name = matchAt(PLAIN_NAME, text, at + 1);
      if (name === null) return problem(text, `no name follows the . at position ${at + 1}`);
      steps.push(name[0]);
      at += 1 + name[0].length;
      continue;
    }
    const element = matchAt(ELEMENT, text, at);
    if (element !== null) {
      steps.push(ANY_INDEX);
      at += element[0].length;
      continue;
    }
    const quoted = matchAt(DOUBLE_QUOTED, text, at) ?? matchAt(SINGLE_QUOTED, text, at);
    if (quoted === null) return bracketProblem(text, at);
    const name = unquote(quoted[1] as string, text[at + 1] as string);
    if (name === undefined)
      return problem(text, `the quoted name at position ${at + 1} is not a JSON string`);
    if (name === ANY_INDEX) {
      return problem(text, 'a member named "*" cannot be told from [*]', "name the member that holds it");
    }
    steps.push(name);
    at += quoted[0].length;
  }
  return steps;
}

const SIMPLE_NAME = /^[^.[\]"'*\s\\]+$/;

/** One member step as a pattern writes it: `.name`, or `["na me"]` where the plain form would not parse. */
export function memberStep(name: string): string {
  return SIMPLE_NAME.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
