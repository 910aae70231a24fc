import type { RawHeaders } from "../domain/message.ts";
import { decodeOnce } from "./bytes.ts";
import type { Decided } from "./decide.ts";
import { templateOf } from "./template.ts";

/** What events of API Gateway say of a request, in the forms that they say it in. */

type Lists = Record<string, string[]>;

const STRICT = new TextDecoder("utf-8", { fatal: true });

/** Latin1 bytes as the text that they are in UTF-8; others as they are. */
export function utf8Text(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  try {
    return STRICT.decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

/** Nothing that a client names becomes a property of the language's. */
const empty = <Value>(): Record<string, Value> => Object.create(null) as Record<string, Value>;

/** The path and the query of what the client asked for, as sent. */
export function pathAndQuery({ path }: Pick<Decided, "path">): readonly [path: string, query: string] {
  const mark = path.indexOf("?");
  return mark < 0 ? [path, ""] : [path.slice(0, mark), path.slice(mark + 1)];
}

/** A query's names and values, decoded as forms are; what does not decode stays as it was sent. Latin1 strings. */
export function queryPairs(query: string): readonly (readonly [name: string, value: string])[] {
  const decoded = (text: string) => {
    const spaced = text.replaceAll("+", " ");
    return decodeOnce(spaced) ?? spaced;
  };
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [decoded(part), ""]
        : [decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))];
    });
}

/** Fields by what `name` makes of theirs, each with its values in their order. */
export function fieldLists(headers: RawHeaders, name: (sent: string) => string): Lists {
  const lists = empty<string[]>();
  for (let i = 0; i < headers.length; i += 2) {
    const key = name(headers[i] as string);
    lists[key] ??= [];
    lists[key].push(utf8Text(headers[i + 1] as string));
  }
  return lists;
}

/** Parameters of a query; undefined: there are none. */
export function queryLists(query: string): Lists | undefined {
  const lists = empty<string[]>();
  for (const [name, value] of queryPairs(query)) {
    const key = utf8Text(name);
    lists[key] ??= [];
    lists[key].push(utf8Text(value));
  }
  return Object.keys(lists).length === 0 ? undefined : lists;
}

export function mapped(lists: Lists, value: (list: readonly string[]) => string): Record<string, string> {
  const values = empty<string>();
  for (const [name, list] of Object.entries(lists)) values[name] = value(list);
  return values;
}

/** Of several values 1.0 has the last, 2.0 all of them. */
export const last = (list: readonly string[]) => list.at(-1) as string;
export const joined = (list: readonly string[]) => list.join(",");

/** What the route's path captured, by name; undefined: it captures nothing. */
export function captured({ live, captures }: Decided): Record<string, string> | undefined {
  const template = templateOf(live.definition.match.path);
  if ("problem" in template || template.names.length === 0) return undefined;
  const values = empty<string>();
  template.names.forEach((name, at) => {
    values[name] = utf8Text(captures[at] ?? "");
  });
  return values;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As the Common Log Format writes it, in UTC. */
export function logTime(ms: number): string {
  const date = new Date(ms);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":")} +0000`;
}
