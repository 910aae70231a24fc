import { isCredentialHeader } from "../domain/credentials.ts";
import { headerLines } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { MismatchKind } from "../domain/outcomes.ts";
import { scrubbed } from "../domain/scrub.ts";
import { type CookieForm, cookieDifferences, cookieForm, cookieText } from "./cookies.ts";
import type { Findings } from "./findings.ts";
import { comparableLines, type HeaderContext } from "./header-forms.ts";
import { REDACTED_SAMPLE, textSample } from "./sample-text.ts";

type Values = readonly string[];

function sameList(a: Values, b: Values): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function cookiesOf(headers: RawHeaders): readonly CookieForm[] {
  const [date] = headerLines(headers, "date");
  return headerLines(headers, "set-cookie").map((line) => cookieForm(line, date));
}

/** How a field differs, by what it says; undefined: it does not. `name` is in lower case. */
export function fieldDifference(
  name: string,
  legacy: RawHeaders,
  modern: RawHeaders,
  context: HeaderContext,
): MismatchKind | undefined {
  const left = headerLines(legacy, name);
  const right = headerLines(modern, name);
  if (left.length === 0 || right.length === 0) {
    return left.length === right.length ? undefined : left.length > 0 ? "missing" : "extra";
  }
  if (sameList(left, right)) return undefined;
  if (name === "set-cookie") {
    return cookieDifferences(cookiesOf(legacy), cookiesOf(modern)).length === 0 ? undefined : "value";
  }
  const a = comparableLines(name, left, context);
  const b = comparableLines(name, right, context);
  if (sameList(a, b)) return undefined;
  return sameList([...a].sort(), [...b].sort()) ? "order" : "value";
}

/** Samples of each side; undefined: it has no such field. */
function samples(name: string, legacy: RawHeaders, modern: RawHeaders): readonly (string | undefined)[] {
  return [legacy, modern].map((headers) => {
    const lines = headerLines(headers, name);
    if (lines.length === 0) return undefined;
    return isCredentialHeader(name) ? REDACTED_SAMPLE : textSample(lines.join(", "));
  });
}

/** As much of a cookie's name as its path shows. */
const SHOWN_NAME = 100;

function compareCookies(legacy: RawHeaders, modern: RawHeaders, findings: Findings): void {
  for (const { name, ...sides } of cookieDifferences(cookiesOf(legacy), cookiesOf(modern))) {
    const [left, right] = [sides.legacy, sides.modern].map((cookies) =>
      cookies.length === 0 ? undefined : textSample(cookieText(cookies)),
    );
    const kind = left === undefined ? "extra" : right === undefined ? "missing" : "value";
    // What is no pair of name and value, but a credential in base64 that ends in `=`, has it for its name.
    findings.add(`header.set-cookie[${scrubbed(name).slice(0, SHOWN_NAME)}]`, kind, left, right);
  }
}

/** Holds the named response header fields (lower-case) against each other by what they mean, in the order of `names`. */
export function compareHeaders(
  legacy: RawHeaders,
  modern: RawHeaders,
  names: readonly string[],
  findings: Findings,
  url?: string,
): void {
  for (const name of names) {
    if (name === "set-cookie") {
      compareCookies(legacy, modern, findings);
      continue;
    }
    const kind = fieldDifference(name, legacy, modern, { url });
    if (kind === undefined) continue;
    const [left, right] = samples(name, legacy, modern);
    findings.causes.note(`header.${name}`, kind);
    // What a client is sent on to mostly holds an id that the body has too.
    if (kind === "value" && name === "location") {
      const [one, other] = [legacy, modern].map((headers) => headerLines(headers, name).join(", "));
      findings.causes.noteValue(`header.${name}`, one ?? "", other ?? "");
    }
    findings.add(`header.${name}`, kind, left, right);
  }
}
