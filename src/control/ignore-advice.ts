import { parsePathPattern } from "../domain/json-path.ts";
import type { RouteDefinition } from "../domain/route.ts";
import type { IgnoreAdvice } from "./board-contract.ts";

const HEADER = "header.";

function yamlList(key: string, values: readonly string[]): string {
  const lines = values.map((value) => `    - ${JSON.stringify(value)}`);
  return lines.length === 0 ? `  ${key}: []` : [`  ${key}:`, ...lines].join("\n");
}

/**
 * The `compare` lines that make a difference ignored, with what the route has there already; null: a status, a whole body or
 * a path that was cut cannot be.
 */
export function ignoreAdvice(route: RouteDefinition, path: string): IgnoreAdvice | null {
  const { compare, source } = route;
  const advice = (key: string, values: readonly string[]): IgnoreAdvice => ({
    yaml: `compare:\n${yamlList(key, values)}\n`,
    file: source.file,
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
