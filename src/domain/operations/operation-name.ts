import { secretSpans } from "../redaction.ts";

/** Operations of one request that are told apart. */
const MAX_NAMES = 20;
const MAX_NAME_CHARS = 64;
/** Shorter than anything that is a credential by its form. */
const MIN_SECRET_CHARS = 12;

const ANONYMOUS = "(anonymous)";
/** What a client made up, or that may be its own. */
const MADE_UP = "{name}";

/** What people name an operation or a method. */
const NAME = /^[A-Za-z_][\w.:$-]*$/;

function shown(name: string | undefined): string {
  if (name === undefined) return ANONYMOUS;
  if (name.length > MAX_NAME_CHARS || !NAME.test(name)) return MADE_UP;
  return name.length >= MIN_SECRET_CHARS && secretSpans(name).length > 0 ? MADE_UP : name;
}

/** Names of operations as they are counted under: each once, a few of a batch, and nothing that may be a client's own. */
export function countedNames(names: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(names.slice(0, MAX_NAMES).map(shown))];
}
