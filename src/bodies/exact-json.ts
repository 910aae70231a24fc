import { parseSent } from "../domain/sent-json.ts";

/** More digits than a double holds exactly, or an exponent beyond: only then each number is looked at. */
const MAY_BE_INEXACT = /\d{16}|\d[eE][+-]?\d{3}/;

interface RawJson {
  isRawJSON(value: unknown): boolean;
  rawJSON(text: string): unknown;
}

/**
 * JSON as values. A number that a double would change (an id of 18 digits) stays what it was: it cannot be calculated with, and
 * is written again as it came.
 */
export function parseExact(text: string): unknown {
  if (!MAY_BE_INEXACT.test(text)) return parseSent(text);
  const json = JSON as unknown as RawJson;
  return parseSent(text, (value, source) => {
    if (typeof value !== "number" || source === undefined || isExact(value, source)) return value;
    return json.rawJSON(source);
  });
}

function isExact(value: number, source: string): boolean {
  if (Number.isSafeInteger(value)) return /^-?\d+$/.test(source) ? String(value) === source : true;
  // Fractions that doubles round are what every JSON reader makes of them; a number that is gone is not.
  return Number.isFinite(value) && !/^-?\d{16,}$/.test(source);
}

/** A copy of what was parsed, in which such numbers stay. JSONata's own goes through doubles. */
export function copiedExact(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "" : value;
  if ((JSON as unknown as RawJson).isRawJSON(value)) return value;
  if (Array.isArray(value)) return value.map(copiedExact);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copiedExact(part)]));
}
