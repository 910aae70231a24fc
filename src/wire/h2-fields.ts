import type { RawHeaders } from "../domain/message.ts";
import { isFieldText, isToken } from "./grammar.ts";

/** Fields of a connection, which no message of a stream can have (RFC 9113 §8.2.2). */
export const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const NO_FIELDS: ReadonlySet<string> = new Set();

/** `fields` behind `first`, as HTTP/2 writes them. */
export function lowered(fields: RawHeaders, first: string[], without = NO_FIELDS): string[] {
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] as string).toLowerCase();
    if (!CONNECTION_FIELDS.has(name) && !without.has(name)) first.push(name, fields[i + 1] as string);
  }
  return first;
}

/** For those parts of node:http2 that take no list. */
export function objectOf(fields: readonly string[], into: Record<string, string | number | string[]>) {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    const before = into[name];
    into[name] = before === undefined ? value : [...[before].flat().map(String), value];
  }
  return into;
}

export function isFieldName(name: string): boolean {
  return isToken(name) && !/[A-Z]/.test(name);
}

/** RFC 9113 §8.2.1: no blanks around it, and nothing that ends a line elsewhere. */
export function isFieldValue(value: string): boolean {
  return isFieldText(value) && !/^[ \t]|[ \t]$/.test(value);
}
