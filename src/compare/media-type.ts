/** What a Content-Type says, read as RFC 9110 §8.3.1 writes it. */
export interface MediaType {
  /** Lower-case `type/subtype`; "" if there is none. */
  readonly essence: string;
  /** Lower-case; undefined if there is none. */
  readonly charset: string | undefined;
  /** Of several parts in one body, as it was written. */
  readonly boundary?: string | undefined;
}

const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g;

/** Lower-case names with unquoted values, in their order. */
function parametersOf(value: string): readonly (readonly [string, string])[] {
  return [...value.matchAll(PARAMETER)].map(([, name, quoted, token]) => [
    (name as string).toLowerCase(),
    quoted === undefined ? (token as string) : quoted.replace(/\\(.)/g, "$1"),
  ]);
}

function essenceOf(value: string): string {
  return (value.split(";", 1)[0] as string).trim().toLowerCase();
}

/** Servers send few of them again and again. So many are remembered; they are forgotten together. */
const MAX_KNOWN = 64;
const MAX_KNOWN_CHARS = 128;
const known = new Map<string, MediaType>();

export function mediaTypeOf(value: string): MediaType {
  let media = known.get(value);
  if (media !== undefined) return media;
  const parameters = parametersOf(value);
  const said = (parameter: string) => parameters.find(([name]) => name === parameter)?.[1];
  media = {
    essence: essenceOf(value),
    charset: said("charset")?.toLowerCase(),
    boundary: said("boundary"),
  };
  if (value.length <= MAX_KNOWN_CHARS) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(value, media);
  }
  return media;
}

/** Whether a body is UTF-8 whether its type says so or not: JSON (RFC 8259 §8.1, §11), event streams (HTML Standard, 9.2.5). */
function isAlwaysUtf8(essence: string): boolean {
  const media = { essence, charset: undefined };
  return essence === "text/event-stream" || isJson(media) || isJsonLines(media);
}

/** One spelling for what RFC 9110 §8.3.1 calls equivalent: `Text/HTML;Charset="utf-8"` and `text/html; charset=UTF-8`. */
export function normalMediaType(value: string): string {
  const essence = essenceOf(value);
  const alwaysUtf8 = isAlwaysUtf8(essence);
  // It parts the parts, and is another one each time (RFC 2046 §5.1.1).
  const isParts = essence.startsWith("multipart/");
  const parameters = parametersOf(value)
    .filter(([name]) => !(isParts && name === "boundary"))
    .filter(([name, text]) => !(alwaysUtf8 && name === "charset" && /^utf-?8$/i.test(text)))
    .map(([name, text]) => `;${name}=${name === "charset" ? text.toLowerCase() : JSON.stringify(text)}`)
    .sort();
  return essence + parameters.join("");
}

export function isJson({ essence }: MediaType): boolean {
  return essence === "application/json" || essence === "text/json" || essence.endsWith("+json");
}

/** One JSON text after another: a line each, or each behind a record separator (RFC 7464). */
const JSON_LINES: ReadonlySet<string> = new Set([
  "application/json-lines",
  "application/json-seq",
  "application/jsonl",
  "application/jsonlines",
  "application/ndjson",
  "application/x-jsonlines",
  "application/x-ndjson",
]);

export function isJsonLines({ essence }: MediaType): boolean {
  return JSON_LINES.has(essence);
}

export function isXml({ essence }: MediaType): boolean {
  return essence === "application/xml" || essence === "text/xml" || essence.endsWith("+xml");
}

export function isHtml({ essence }: MediaType): boolean {
  return essence === "text/html";
}

const TEXT_APPLICATIONS: ReadonlySet<string> = new Set([
  "application/ecmascript",
  "application/graphql",
  "application/javascript",
  "application/x-javascript",
  "application/x-www-form-urlencoded",
  "application/x-yaml",
  "application/yaml",
]);

export function isText(media: MediaType): boolean {
  const { essence } = media;
  if (isJson(media) || isJsonLines(media)) return true;
  return essence.startsWith("text/") || isXml(media) || TEXT_APPLICATIONS.has(essence);
}

const LATIN1: ReadonlySet<string> = new Set(["iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii"]);

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The text of `bytes` without a BOM. Undefined if the charset is not known here, or the bytes are not in it. */
export function decodeText(bytes: Uint8Array, charset: string | undefined): string | undefined {
  if (charset !== undefined && LATIN1.has(charset)) return Buffer.from(bytes).toString("latin1");
  try {
    const isUtf8 = charset === undefined || charset === "utf-8";
    return (isUtf8 ? UTF8 : new TextDecoder(charset, { fatal: true })).decode(bytes);
  } catch {
    return undefined;
  }
}
