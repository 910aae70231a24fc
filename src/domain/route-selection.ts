import { parseSent } from "./sent-json.ts";
import { DEFAULT_KEY } from "./websocket-api.ts";

/** A member of an object, or of a list. */
type Step = string | number;
/** A literal text, or where in the message's body a text is. */
type Part = string | readonly Step[];

interface SelectionProblem {
  readonly problem: string;
  readonly remedy: string;
}

const SELECT_LIKE = "write it like $request.body.action";
/** `$request.body.a.b[0]`: names of letters, digits, _ and -. */
const BODY = /^request\.body((?:\.[A-Za-z_][\w-]*|\[\d{1,6}\])+)/;

function stepsOf(path: string): readonly Step[] {
  return [...path.matchAll(/\.([A-Za-z_][\w-]*)|\[(\d+)\]/g)].map(([, name, index]) =>
    name === undefined ? Number(index) : name,
  );
}

/** API Gateway's route selection expressions, as far as they are of messages: `$request.body.NAME`, `${...}` within text, text alone, `\$` for a `$`. */
function parsed(expression: string): readonly Part[] | SelectionProblem {
  const parts: Part[] = [];
  let text = "";
  for (let at = 0; at < expression.length; ) {
    const char = expression[at] as string;
    if (char === "\\" && expression[at + 1] === "$") {
      text += "$";
      at += 2;
      continue;
    }
    if (char !== "$") {
      text += char;
      at++;
      continue;
    }
    const braced = expression[at + 1] === "{";
    const start = at + (braced ? 2 : 1);
    const found = BODY.exec(expression.slice(start));
    const end = start + (found?.[0].length ?? 0);
    if (found === null || (braced && expression[end] !== "}"))
      return { problem: "{value} reads something that is not $request.body.NAME", remedy: SELECT_LIKE };
    if (text !== "") parts.push(text);
    text = "";
    parts.push(stepsOf(found[1] as string));
    at = end + (braced ? 1 : 0);
  }
  if (text !== "") parts.push(text);
  return parts;
}

/** What a value is in a route key: a text as it is, anything else as JSON; what is not there is "". */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function at(value: unknown, steps: readonly Step[]): unknown {
  let found = value;
  for (const step of steps) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<Step, unknown>)[step];
  }
  return found;
}

/** Gives the route key of a message's text. */
export type SelectRoute = (text: string) => string;

/** Compiles an expression. A body that is not JSON, or names a value that is too deep to be a text, selects `$default`; what is not there is "". */
export function selectionOf(expression: string): SelectRoute | SelectionProblem {
  if (expression === "") return { problem: "an empty text selects nothing", remedy: SELECT_LIKE };
  const parts = parsed(expression);
  if ("problem" in parts) return parts;
  if (parts.every((part) => typeof part === "string")) {
    const key = parts.join("");
    return () => key;
  }
  return (text) => {
    try {
      const body = parseSent(text);
      return parts.map((part) => (typeof part === "string" ? part : textOf(at(body, part)))).join("");
    } catch {
      // No JSON; or a value so deep that it reads but does not write.
      return DEFAULT_KEY;
    }
  };
}
