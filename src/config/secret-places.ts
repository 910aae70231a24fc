import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  parseDocument,
  type Scalar,
} from "yaml";
import { isCredentialHeader, isCredentialName, isCredentialParameter } from "../domain/credentials.ts";
import { mergedSpans, secretSpans } from "../domain/redaction.ts";
import { credentialSpans } from "../domain/scrub.ts";
import type { Span } from "../domain/span.ts";

/** Where a value stands: its keys and indexes. */
export type ValuePath = readonly (string | number)[];

const patterns = (texts: readonly string[]) =>
  texts.map(
    (text) =>
      new RegExp(`^${text.replaceAll(".*", "\u0000").replaceAll(".", "\\.").replaceAll("\u0000", ".*")}$`),
  );

/** Where files hold a credential, whatever it looks like; `*` is any key or index. Policies stand in routes too. */
const SECRETS = patterns([
  "adminToken",
  "samples.keys.*",
  "webhooks.*.url",
  "(.*.)?policies.login.session.secrets.*",
  "tracing.headers.*",
]);
/** The same, where a path may stand in its place. */
const SECRETS_OR_PATHS = patterns(["identity.token.keys.*", "(listen.)?.*tls.*key"]);
/** Keys that hold a credential wherever they stand. */
const SECRET_KEYS = /^(?:secret|password|passwd|passphrase|(?:client|shared)secret|secretaccesskey)$/i;

/** A file that has none of these words, and no escapes, holds no key that would be looked for. */
const MAY_HOLD =
  /token|secret|keys?\b|headers|query|webhooks|authori[sz]ation|cookie|passw|passphrase|redis|vars|[\\?#]/i;
const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_.-]*(?::-([^}]*))?\}/g;
/** A value that stands elsewhere: a path of a file that holds the secret. */
const IS_PATH = /^[\w./~-]+\.(?:pem|key|crt|jwk|json|txt|secret)$|^(?:\.{0,2}\/)[\w./-]+$/;
/** What is a key where a key may stand, though it could be a path. */
const IS_KEY = /^[A-Za-z0-9_+/-]{22,}={0,2}$/;
/** Such as stand in a URL: `?token=…`. */
const PARAMETER = /[?&]([\w.[\]-]{1,64})=([^\s"'&#<>]+)/g;
/** What aliases repeat is looked at this often. Files that pass repeat less. */
const MAX_ALIASED = 200_000;
/** A credential of a comment has so many characters, of which one is a digit; or half as many more. */
const MIN_COMMENTED = 8;

/** What of a text the environment does not hold. */
function inline(text: string): string {
  return text.replace(REFERENCE, (_, fallback?: string) => fallback ?? "");
}

function isSecretAt(path: ValuePath, said: string): boolean {
  const dotted = path.join(".");
  const [name, within] = [path.at(-1), path.at(-2)];
  if (name === "file") return false;
  if (SECRETS.some((pattern) => pattern.test(dotted))) return true;
  if (SECRETS_OR_PATHS.some((pattern) => pattern.test(dotted)))
    return !IS_PATH.test(said) || IS_KEY.test(said);
  if (dotted === "state") return /^rediss?:\/\/.*:.+@/.test(said);
  if (typeof name !== "string") return false;
  if (SECRET_KEYS.test(name)) return true;
  if (path.length === 2 && within === "vars") return isCredentialName(name);
  if (within === "query") return isCredentialParameter(name);
  return (within === "set" || within === "add" || within === "headers") && isCredentialHeader(name);
}

/** Long enough for a key, and no word; or what stands before a host. */
function isSecretText(text: string, [from, to]: Span): boolean {
  const found = inline(text.slice(from, to));
  if (text[to] === "@") return /:./.test(found);
  return found.length >= 12 && /\d/.test(found);
}

function parameterSpans(text: string): Span[] {
  return [...text.matchAll(PARAMETER)].flatMap(({ 0: whole, 1: name = "", 2: value = "", index }): Span[] => {
    // A capture of the path is no value.
    const said = inline(value).replaceAll(/\{[^{}]*\}/g, "");
    if (said.length < MIN_COMMENTED || !isCredentialParameter(name)) return [];
    return [[index + whole.length - value.length, index + whole.length]];
  });
}

/** Values that comments name: `# adminToken: …`. A sentence is none. */
function commentSpans(text: string): Span[] {
  const spans: Span[] = [];
  let at = 0;
  let inScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === "\u0002" || lexeme === "\u0018" || lexeme === "\u001f") {
      inScalar = lexeme === "\u001f";
      continue;
    }
    if (lexeme.startsWith("#") && !inScalar)
      for (const [from, to] of credentialSpans(lexeme)) {
        const said = inline(lexeme.slice(from, to));
        const isValue =
          said.length >= MIN_COMMENTED && (said.length >= 1.5 * MIN_COMMENTED || /\d/.test(said));
        if (isValue && !/\s/.test(said)) spans.push([at + from, at + to]);
      }
    inScalar = false;
    at += lexeme.length;
  }
  return spans;
}

/** What aliases lead to is found at their place too. */
function* scalarsOf(document: Document): Generator<readonly [Scalar, ValuePath]> {
  let aliased = 0;
  function* walk(node: unknown, path: ValuePath, within: number): Generator<readonly [Scalar, ValuePath]> {
    if (within > 0 && ++aliased > MAX_ALIASED) return;
    if (isAlias(node)) {
      // One that leads into itself ends here.
      if (within < 20) yield* walk(node.resolve(document), path, within + 1);
    } else if (isScalar(node)) yield [node, path];
    else if (isSeq(node))
      for (const [at, item] of node.items.entries()) yield* walk(item, [...path, at], within);
    else if (isMap(node))
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : "?";
        yield* walk(value, name === "<<" ? path : [...path, name], within);
      }
  }
  yield* walk(document.contents, [], 0);
}

/** A scalar of a file. */
interface Found {
  readonly path: ValuePath;
  readonly span: Span;
  readonly value: string;
}

/** Every scalar of a file, by every path that leads to it; none of what is not YAML. */
export function scalarsIn(file: string, text: string): readonly Found[] {
  if (!/\.ya?ml$/.test(file)) return [];
  const document = parseDocument(text, { logLevel: "silent" });
  return [...scalarsOf(document)].map(([node, path]) => {
    const [from, end] = (node as Node).range ?? [0, 0];
    // A block's last line stays ended.
    const to = text[end - 1] === "\n" ? end - 1 : end;
    return {
      path,
      span: [from, to],
      value: typeof node.value === "string" ? node.value : String(node.value ?? ""),
    };
  });
}

/** A credential in a text. */
interface SecretPlace {
  readonly span: Span;
  /** Undefined: it stands in a comment, or in what is not YAML. */
  readonly path: ValuePath | undefined;
}

/** Where a file holds a credential, in their order. `variables`: names of vars that stand for one somewhere. */
export function secretPlaces(
  file: string,
  text: string,
  variables: ReadonlySet<string>,
): readonly SecretPlace[] {
  const isYaml = /\.ya?ml$/.test(file);
  const forms = mergedSpans([
    ...secretSpans(text).filter((span) => isSecretText(text, span)),
    ...parameterSpans(text),
    ...(isYaml && text.includes("#") ? commentSpans(text) : []),
  ]);
  if (forms.length === 0 && !MAY_HOLD.test(text)) return [];
  const places: SecretPlace[] = [];
  for (const { path, span, value } of scalarsIn(file, text)) {
    const said = inline(value);
    const byKey = said !== "" && (isSecretAt(path, said) || isOneOf(variables, path));
    if (byKey || forms.some((form) => form[0] < span[1] && form[1] > span[0])) places.push({ span, path });
  }
  const covered = (span: Span) => places.some(({ span: [from, to] }) => from <= span[0] && span[1] <= to);
  return [
    ...places,
    ...forms.filter((form) => !covered(form)).map((span) => ({ span, path: undefined })),
  ].sort((a, b) => a.span[0] - b.span[0]);
}

function isOneOf(variables: ReadonlySet<string>, path: ValuePath): boolean {
  return path.length === 2 && path[0] === "vars" && variables.has(String(path[1]));
}

/** Names of the vars that stand where files hold a credential. */
export function secretVariables(texts: ReadonlyMap<string, string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [file, text] of texts) {
    if (!text.includes("${vars.")) continue;
    for (const { path, value } of scalarsIn(file, text))
      for (const [whole, name = ""] of value.matchAll(/\$\{vars\.([A-Za-z_][A-Za-z0-9_-]*)(?::-[^}]*)?\}/g))
        if (isSecretAt(path, "x") || isInUrl(value, whole)) names.add(name);
  }
  return names;
}

/** `redis://fig:${vars.password}@host` */
function isInUrl(value: string, reference: string): boolean {
  return new RegExp(`//[^/]*:[^/]*${RegExp.escape(reference)}[^/]*@`).test(value);
}
