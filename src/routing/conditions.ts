import { onlyHeader } from "../domain/headers.ts";
import type { RouteMatch } from "../domain/route.ts";
import { decodeOnce, latin1OfUtf8 } from "./bytes.ts";
import type { MatchInput } from "./contract.ts";

interface Condition {
  readonly name: string;
  readonly value: string;
}

/** What a route asks of a request besides host and path. */
export interface Conditions {
  readonly methods: readonly string[] | undefined;
  readonly headers: readonly Condition[];
  readonly query: readonly Condition[];
  readonly operations: ReadonlySet<string> | undefined;
}

/** How many a route has besides its methods: its operations are one. */
export function numberOf({ headers, query, operations }: Conditions): number {
  return headers.length + query.length + (operations === undefined ? 0 : 1);
}

function conditionList(record: Readonly<Record<string, string>>): Condition[] {
  return Object.entries(record).map(([name, value]) => ({
    name: latin1OfUtf8(name),
    value: latin1OfUtf8(value),
  }));
}

export function conditionsOf(match: RouteMatch): Conditions {
  const headers = conditionList(match.headers).map(({ name, value }) => ({
    name: name.toLowerCase(),
    value,
  }));
  const operations = match.operations === undefined ? undefined : new Set(match.operations);
  return { methods: match.methods, headers, query: conditionList(match.query), operations };
}

/** A query's name or value as forms encode it: `+` is a space; what does not decode is compared as it was sent. */
function formDecoded(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  return decodeOnce(spaced) ?? text;
}

/** The first parameter of this name, decoded once; a parameter without `=` is empty. */
function queryValue(target: string, queryStart: number, name: string): string | undefined {
  let from = queryStart;
  while (from < target.length) {
    let end = target.indexOf("&", from);
    if (end < 0) end = target.length;
    const equals = target.indexOf("=", from);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (formDecoded(target.slice(from, nameEnd)) === name) return formDecoded(target.slice(nameEnd + 1, end));
    from = end + 1;
  }
  return undefined;
}

/** Every operation that is asked for is one of the route's: a batch goes as a whole. */
function asksForThese(operations: ReadonlySet<string>, { operations: asked, wants }: MatchInput): boolean {
  if (asked === undefined && wants !== undefined) wants.operations = true;
  if (asked === undefined || asked.length === 0) return false;
  return asked.every((name) => name !== undefined && operations.has(name));
}

/** `queryStart`: the index after `?`, or the target's length. */
export function conditionsHold(conditions: Conditions, input: MatchInput, queryStart: number): boolean {
  const { methods, headers, query, operations } = conditions;
  if (methods !== undefined && !methods.includes(input.method)) return false;
  for (const { name, value } of headers) {
    if (onlyHeader(input.headers, name) !== value && input.announced?.includes(name) !== true) return false;
  }
  for (const { name, value } of query) {
    if (queryValue(input.target, queryStart, name) !== value) return false;
  }
  return operations === undefined || asksForThese(operations, input);
}
