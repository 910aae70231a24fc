/**
 * Text that stands inside another text: percent-encoded in a URL, escaped in JSON, with entities in a page. What reads like a
 * credential there is found in the text as its reader will have it, and hidden where it stands.
 */
interface DecodedText {
  readonly text: string;
  /** Where each UTF-16 unit of `text` stands in what was decoded, and where that ends. */
  readonly at: Uint32Array;
}

const ENCODED =
  /%[0-9a-fA-F]{2}|\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|["'\\/bfnrt])|&(?:quot|amp|apos|lt|gt|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});/g;
const NAMED: Readonly<Record<string, string>> = {
  "&quot;": '"',
  "&amp;": "&",
  "&apos;": "'",
  "&lt;": "<",
  "&gt;": ">",
  "\\b": " ",
  "\\f": " ",
  "\\n": "\n",
  "\\r": "\r",
  "\\t": "\t",
};

/** One unit for each, whatever it stands for: only ASCII matters here. */
function unitOf(encoded: string): string {
  const named = NAMED[encoded];
  if (named !== undefined) return named;
  if (encoded.startsWith("%")) return String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  if (encoded.startsWith("&#")) {
    const isHex = encoded[2] === "x" || encoded[2] === "X";
    return String.fromCharCode(Number.parseInt(encoded.slice(isHex ? 3 : 2), isHex ? 16 : 10));
  }
  const isNumber = encoded.length > 2;
  return isNumber ? String.fromCharCode(Number.parseInt(encoded.slice(2), 16)) : (encoded[1] as string);
}

/** `text` with one layer of encoding taken off; undefined: there is none. Linear. */
export function decodedOnce(text: string): DecodedText | undefined {
  let result = "";
  let at: Uint32Array | undefined;
  let from = 0;
  let length = 0;
  const copied = (places: Uint32Array, end: number) => {
    for (let i = from; i < end; i++) places[length++] = i;
    result += text.slice(from, end);
  };
  for (const match of text.matchAll(ENCODED)) {
    at ??= new Uint32Array(text.length + 1);
    copied(at, match.index);
    at[length++] = match.index;
    result += unitOf(match[0]);
    from = match.index + match[0].length;
  }
  if (at === undefined) return undefined;
  copied(at, text.length);
  at[length] = text.length;
  return { text: result, at: at.subarray(0, length + 1) };
}
