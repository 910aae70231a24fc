import { createHash } from "node:crypto";
import { isMap, isScalar, isSeq, type Node, parseDocument, type Scalar } from "yaml";
import { isCredentialHeader, isCredentialParameter } from "../domain/credentials.ts";
import { mergedSpans, REDACTED, secretSpans } from "../domain/redaction.ts";
import type { Span } from "../domain/span.ts";

type Path = readonly (string | number)[];

/** Where files hold a credential, whatever it looks like; `*` is any key or index. Policies stand in routes too. */
const SECRETS: readonly RegExp[] = [
  "adminToken",
  "samples.keys.*",
  "webhooks.*.url",
  "webhooks.*.secret",
  "identity.token.keys.*",
  "(listen.)?.*tls.*key",
  "(.*.)?policies.login.clientSecret",
  "(.*.)?policies.login.session.secrets.*",
  "tracing.headers.*",
].map(
  (text) =>
    new RegExp(`^${text.replaceAll(".*", "\u0000").replaceAll(".", "\\.").replaceAll("\u0000", ".*")}$`),
);

/** A file that has none of these words holds no key that would be looked for. */
const MAY_HOLD = /token|secret|keys?\b|headers|query|webhooks|authori[sz]ation|cookie|password/i;
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_.-]*(?::-([^}]*))?\}/g;
/** A value that stands elsewhere: a path of a file that holds the secret. */
const IS_PATH = /^[\w./~-]+\.(?:pem|key|crt|jwk|json|txt|secret)$|^(?:\.{0,2}\/)[\w./-]+$/;

function isSecretAt(path: Path): boolean {
  const dotted = path.join(".");
  if (SECRETS.some((pattern) => pattern.test(dotted))) return path.at(-1) !== "file";
  const [name, within] = [path.at(-1), path.at(-2)];
  if (typeof name !== "string") return false;
  if (within === "query") return isCredentialParameter(name);
  return (within === "set" || within === "headers") && isCredentialHeader(name);
}

/** What of a text the environment does not hold. */
function inline(text: string): string {
  return text.replace(REFERENCE, (_, fallback?: string) => fallback ?? "");
}

/** Long enough for a key, and no word; or what stands before a host. */
function isSecretText(text: string, [from, to]: Span): boolean {
  const found = inline(text.slice(from, to));
  if (text[to] === "@") return /:./.test(found);
  return found.length >= 12 && /\d/.test(found);
}

function* scalars(node: unknown, path: Path): Generator<readonly [Scalar, Path]> {
  if (isScalar(node)) yield [node, path];
  else if (isSeq(node)) for (const [at, item] of node.items.entries()) yield* scalars(item, [...path, at]);
  else if (isMap(node))
    for (const { key, value } of node.items)
      yield* scalars(value, [...path, isScalar(key) ? String(key.value) : "?"]);
}

interface Place {
  readonly span: Span;
  /** What stands there instead. */
  readonly name: string;
}

/** By file and key, so that the same place of another version of the file has the same name. */
function nameOf(file: string, path: Path): string {
  return `FIG_REDACTED_${createHash("sha256")
    .update(JSON.stringify([file, path]))
    .digest("hex")
    .slice(0, 8)}`;
}

function placesIn(file: string, text: string): readonly Place[] {
  const forms = mergedSpans(secretSpans(text)).filter((span) => isSecretText(text, span));
  if (forms.length === 0 && !MAY_HOLD.test(text)) return [];
  const places: Place[] = [];
  const isYaml = /\.ya?ml$/.test(file);
  const document = isYaml ? parseDocument(text, { logLevel: "silent" }) : undefined;
  for (const [node, path] of scalars(document?.contents, [])) {
    const [from, end] = (node as Node).range ?? [0, 0];
    // A block's last line stays ended.
    const to = text[end - 1] === "\n" ? end - 1 : end;
    const value = typeof node.value === "string" ? node.value : String(node.value ?? "");
    const said = inline(value);
    const byKey = isSecretAt(path) && said !== "" && !IS_PATH.test(said);
    if (byKey || forms.some((form) => form[0] < to && form[1] > from))
      places.push({ span: [from, to], name: nameOf(file, path) });
  }
  const covered = (span: Span) => places.some(({ span: [from, to] }) => from <= span[0] && span[1] <= to);
  return [...places, ...forms.filter((form) => !covered(form)).map((span) => ({ span, name: "" }))].sort(
    (a, b) => a.span[0] - b.span[0],
  );
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let end = text.indexOf("\n"); end >= 0 && end < at; end = text.indexOf("\n", end + 1)) line++;
  return line;
}

interface Redacted {
  readonly text: string;
  /** The lines on which something was taken out, from 1. */
  readonly lines: readonly number[];
  /** What was taken out, by what stands in its place; nothing of comments and of files that are not YAML. */
  readonly taken: ReadonlyMap<string, string>;
}

/**
 * A file's text without credentials: in the place of a value stands a reference that nothing defines, so that the file does not pass
 * until somebody has put the value back. A file that has none is given back as it is, byte for byte.
 */
export function withoutCredentials(file: string, text: string): Redacted {
  const lines: number[] = [];
  const taken = new Map<string, string>();
  let result = "";
  let at = 0;
  for (const { span, name } of placesIn(file, text)) {
    const [from, to] = span;
    if (from < at) continue;
    const value = text.slice(from, to);
    lines.push(lineOf(text, from));
    const placeholder = name === "" ? REDACTED : `"\${${name}}"`;
    if (name !== "") taken.set(placeholder, value);
    result += text.slice(at, from) + placeholder;
    at = to;
  }
  return { text: result + text.slice(at), lines, taken };
}

/** A reference that stands where a credential stood. */
const TAKEN_OUT = /"\$\{FIG_REDACTED_[0-9a-f]{8}\}"/g;

/** A kept text with what `present`, the same file as it is now, has in these places; `left`: places that it has nothing for. */
export function filledFrom(
  file: string,
  kept: string,
  present: string | undefined,
): { readonly text: string; readonly left: number } {
  const taken = present === undefined ? new Map<string, string>() : withoutCredentials(file, present).taken;
  let left = 0;
  const text = kept.replace(TAKEN_OUT, (whole) => {
    const value = taken.get(whole);
    if (value === undefined) left++;
    return value ?? whole;
  });
  return { text, left };
}
