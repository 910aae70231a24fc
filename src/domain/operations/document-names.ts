const QUOTE = 0x22;
const HASH = 0x23;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BOM = 0xfeff;

const OPERATIONS: ReadonlySet<string> = new Set(["query", "mutation", "subscription"]);

const isLineEnd = (code: number) => code === 0x0a || code === 0x0d;
const isIgnored = (code: number) =>
  code === 0x20 || code === 0x09 || isLineEnd(code) || code === COMMA || code === BOM;
const isNameStart = (code: number) =>
  (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const isNameChar = (code: number) => isNameStart(code) || (code >= 0x30 && code <= 0x39);

/** Where a string that begins at `from` ends; -1: it does not. A block string ends with three quotes (GraphQL §2.9.4). */
function stringEnd(text: string, from: number): number {
  if (text.startsWith('"""', from)) {
    let end = text.indexOf('"""', from + 3);
    while (end >= 0 && text.charCodeAt(end - 1) === BACKSLASH) end = text.indexOf('"""', end + 3);
    return end < 0 ? -1 : end + 3;
  }
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    if (isLineEnd(code)) return -1;
    if (code === BACKSLASH) i++;
  }
  return -1;
}

/**
 * The operations that a GraphQL document defines, in their order, by name; undefined stands for one without a name. An empty list: it
 * defines none, or is no document. Linear in the text, which is read for names alone: whether it is valid is for the sides to say.
 */
export function documentNames(text: string): readonly (string | undefined)[] {
  const names: (string | undefined)[] = [];
  let depth = 0;
  /** A definition may begin here; its name may follow; or it has begun. */
  let at: "begin" | "name" | "within" = "begin";
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    let end = i + 1;
    if (isIgnored(code)) {
      i = end;
      continue;
    }
    if (code === HASH) {
      while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++;
      i = end;
      continue;
    }
    if (code === QUOTE) end = stringEnd(text, i);
    else if (isNameStart(code)) while (end < text.length && isNameChar(text.charCodeAt(end))) end++;
    if (end < 0) return [];
    const char = text[i] as string;
    if (depth === 0 && at === "begin") {
      if (char === "{") names.push(undefined);
      // A description stands before what it describes.
      else if (!isNameStart(code) && code !== QUOTE) return [];
      if (code !== QUOTE) at = OPERATIONS.has(text.slice(i, end)) ? "name" : "within";
    } else if (depth === 0 && at === "name") {
      names.push(isNameStart(code) ? text.slice(i, end) : undefined);
      at = "within";
    }
    if (char === "{" || char === "[" || char === "(") depth++;
    if (char === "}" || char === "]" || char === ")") {
      depth--;
      if (depth < 0) return [];
      if (depth === 0 && char === "}") at = "begin";
    }
    i = end;
  }
  return depth === 0 && at === "begin" ? names : [];
}
