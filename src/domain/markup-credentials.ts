import { isCompactCredentialName, isNamingName, isValueName } from "./credential-neighbours.ts";
import { isCredentialName } from "./credentials.ts";
import type { Span } from "./span.ts";

/** Credentials in XML and HTML: an element's content by its name or its attributes, and what stands beside an element that names it. */

const TAG = /<([a-z_\u0080-\uffff][\w.:\-\u0080-\uffff]{0,255})((?:\s[^<>]{0,4096})?)>/gi;
/** The bound on its start keeps a long word from being tried at each of its letters. */
const ATTRIBUTE = /(?<![\w:.-])([\w:.-]{1,256})\s{0,8}=\s{0,8}("[^"]*"?|'[^']*'?|[^\s"'<>]+)/g;
/** Elements whose text names what the next one holds. */
const NAMING_ELEMENTS = new Set("name key dt th td label field param id property header".split(" "));
const NAMING_TEXT = /[^<]{1,80}/y;
const NEXT_TEXT = /<\/[^<>]{0,256}>\s{0,64}(?:<[^<>]{0,256}>\s{0,64}){1,3}/y;
const CDATA = "<![CDATA[";

interface Attributes {
  readonly namesCredential: boolean;
  readonly values: readonly Span[];
}

const unquoted = (value: string) => (/^["']/.test(value) ? value.slice(1).replace(/["']$/, "") : value);

function attributesOf(text: string, offset: number): Attributes {
  let namesCredential = false;
  const values: Span[] = [];
  for (const match of text.matchAll(ATTRIBUTE)) {
    const [whole, name = "", value = ""] = match;
    const plain = unquoted(value);
    const end = offset + match.index + whole.length;
    const start = end - value.length + (plain === value ? 0 : 1);
    if (isNamingName(name) && isCompactCredentialName(plain)) namesCredential = true;
    else if (isValueName(name)) values.push([start, start + plain.length]);
  }
  return { namesCredential, values };
}

/** To the element's end, with all that stands in it; to the end of the text, if it has none. */
function contentSpan(text: string, name: string, at: number): Span {
  const close = text.indexOf(`</${name}`, at);
  return [at, close < 0 ? text.length : close];
}

/** The text that stands in the element behind one whose text names it. */
function besideSpan(text: string, at: number): Span | undefined {
  NAMING_TEXT.lastIndex = at;
  const naming = NAMING_TEXT.exec(text)?.[0];
  if (naming === undefined || !isCompactCredentialName(naming.trim())) return undefined;
  NEXT_TEXT.lastIndex = at + naming.length;
  if (!NEXT_TEXT.test(text)) return undefined;
  const start = NEXT_TEXT.lastIndex;
  const end = text.indexOf("<", text.startsWith(CDATA, start) ? start + CDATA.length : start);
  return [start, end < 0 ? text.length : end];
}

/** Elements that have no content, so that what follows is not theirs. */
const VOID = /^(?:input|meta|link|img|br|hr|param|property)$/i;

/** Adds the places to `spans`. Linear: content that is hidden is not looked into. */
export function markupSpans(text: string, spans: Span[]): void {
  let hidden = 0;
  const hide = (span: Span) => {
    if (span[1] <= span[0]) return;
    hidden = Math.max(hidden, span[1]);
    spans.push(span);
  };
  for (const match of text.matchAll(TAG)) {
    if (match.index < hidden) continue;
    const [whole, name = "", inside = ""] = match;
    const end = match.index + whole.length;
    const { namesCredential, values } = attributesOf(inside, end - 1 - inside.length);
    if (namesCredential) for (const span of values) spans.push(span);
    const isEmpty = inside.endsWith("/") || VOID.test(name);
    if (isEmpty) continue;
    if (isCredentialName(name) || (namesCredential && values.length === 0))
      hide(contentSpan(text, name, end));
    else if (NAMING_ELEMENTS.has(name.toLowerCase())) {
      const beside = besideSpan(text, end);
      if (beside !== undefined) hide(beside);
    }
  }
}
