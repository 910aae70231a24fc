import { isCredentialName, isCredentialParameter } from "../domain/credentials.ts";
import { mergedSpans, REDACTED, secretSpans, withoutSpans } from "../domain/redaction.ts";

/** `;` separates pairs for some servers and is a plain character for others: what follows a credential goes with it. */
function redactPair(pair: string): string {
  let start = 0;
  let equals = pair.indexOf("=");
  while (equals >= 0) {
    if (isCredentialParameter(pair.slice(start, equals))) return `${pair.slice(0, equals + 1)}${REDACTED}`;
    start = pair.indexOf(";", equals) + 1;
    equals = start === 0 ? -1 : pair.indexOf("=", start);
  }
  return pair;
}

function redactPath(path: string): string {
  const semicolon = path.indexOf(";");
  if (semicolon < 0) return path;
  return path
    .split("/")
    .map((segment) =>
      segment
        .split(";")
        .map((part, i) => (i === 0 ? part : redactPair(part)))
        .join(";"),
    )
    .join("/");
}

function withoutSecrets(text: string): string {
  const spans = secretSpans(text);
  return spans.length === 0 ? text : withoutSpans(text, mergedSpans(spans));
}

/** User and password in a text that begins like a URL, with a scheme or without one (`user:pw@host`), up to its last `@`. */
const LEADING_USER = /^([a-z][a-z0-9+.-]*:\/+)?[^/?#]*@/i;

function withoutUser(text: string): string {
  return text.replace(LEADING_USER, (_, scheme = "") => `${scheme}${REDACTED}@`);
}

/**
 * A request target (or URL) that may be logged: user and password, path parameters and query values that look like
 * credentials, and JSON Web Tokens are replaced by `[redacted]`; everything else stays byte for byte.
 */
export function redactTarget(target: string): string {
  // A target that is no path may be anything: an authority, too, has a user and a password.
  const text = withoutSecrets(target.startsWith("/") ? target : withoutUser(target));
  // A fragment is no part of a target. Who sends one all the same sends what a page was given in it.
  const end = text.search(/[?#]/);
  if (end < 0) return redactPath(text);
  return redactPath(text.slice(0, end)) + redactPairs(text.slice(end));
}

/** A Host that may be logged. A refused one is any text: what reads like a credential is replaced, wherever it stands. */
export function redactHost(host: string): string {
  const name = host.lastIndexOf("@");
  return redactPairs(withoutSecrets(name < 0 ? host : REDACTED + host.slice(name)));
}

/** A client's request id that may be logged or stored: it may be a token, or `token=...`. An `@` says nothing in it. */
export function redactId(id: string): string {
  return redactPairs(withoutSecrets(id));
}

/** `name=value` between the marks that part such pairs. */
function redactPairs(text: string): string {
  if (!text.includes("=")) return text;
  return text
    .split(/(?<=[&#])/)
    .map(redactKeepingEnd)
    .join("");
}

function redactKeepingEnd(pair: string): string {
  const end = pair.at(-1);
  if (end !== "&" && end !== "#") return redactPair(pair);
  return `${redactPair(pair.slice(0, -1))}${end}`;
}

/** A value inside free text or JSON: up to a space, quote or `&`; JSON escapes belong to it. */
const VALUE = String.raw`(?:[^&\s"'<>\\]|\\\\|\\/|\\u[0-9a-fA-F]{4})*`;
const PAIR_IN_TEXT = new RegExp(String.raw`([?&;])([^=&;?\s"'<>\\]{1,100})=(${VALUE})`, "g");
const JSON_FIELD = /"([^"\\]{1,100})":"(?:[^"\\]|\\.)*"/g;

/** The same for a whole log line: URLs, `Bearer ...` and JSON fields with a credential's name, wherever they stand. */
export function redactLine(line: string): string {
  const named = line
    .replace(JSON_FIELD, (field, name: string) =>
      isCredentialName(name) ? `"${name}":"${REDACTED}"` : field,
    )
    .replace(PAIR_IN_TEXT, (pair, mark: string, name: string) =>
      isCredentialParameter(name) ? `${mark}${name}=${REDACTED}` : pair,
    );
  return withoutSecrets(named);
}
