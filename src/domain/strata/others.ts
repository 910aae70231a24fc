/** The template of what is not told apart any more. No path has it: parentheses are in no segment that keeps its name. */
const OTHER_TEMPLATE = "(other)";

/** The name of a method's requests whose templates are not told apart. */
export function othersOf(method: string): string {
  return `${method} ${OTHER_TEMPLATE}`;
}

export function isOfOthers(name: string): boolean {
  return name.endsWith(` ${OTHER_TEMPLATE}`);
}
