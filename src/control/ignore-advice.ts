import { parsePathPattern } from "../domain/json-path.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { IgnoreAdvice } from "./board-contract.ts";

const HEADER = "header.";

/**
 * The line of `compare` that makes a difference ignored, with what the route has in it already; null: a status, a whole body
 * or a path that was cut cannot be. In one line, so that it fits at any depth and beside the other keys of `compare`.
 */
export function ignoreAdvice(route: RouteDefinition, path: string): IgnoreAdvice | null {
  const { compare, source } = route;
  const advice = (key: IgnoreAdvice["key"], values: readonly string[]): IgnoreAdvice => ({
    key,
    yaml: `${key}: [${values.map((value) => JSON.stringify(value)).join(", ")}]\n`,
    file: source.file,
    line: source.line,
  });
  if (path.startsWith(HEADER)) {
    const name = path.slice(HEADER.length).toLowerCase();
    return advice(
      "headers",
      compare.headers.filter((each) => each !== name),
    );
  }
  const steps = parsePathPattern(path);
  if ("problem" in steps || steps.length === 0) return null;
  return advice("ignore", [...new Set([...compare.ignore, path])]);
}
