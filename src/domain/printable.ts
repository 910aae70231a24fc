/**
 * C0 and C1 controls, direction marks and other characters without a form (among them letters that are blank: Hangul's fillers, Braille's
 * empty cell), line separators and lone surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");

export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/**
 * Text from files, upstreams and other people's reasons, made safe for a terminal: what is unprintable becomes a visible
 * `\u{1b}`, so that no stored value can move the cursor or hide what follows.
 */
export function printable(text: string): string {
  return text.replace(EACH_UNPRINTABLE, escaped);
}

function escaped(char: string): string {
  return `\\u{${(char.codePointAt(0) as number).toString(16)}}`;
}

/** The same for a page, which may break lines: a direction mark would turn round what stands beside the value too. */
export function printableLines(text: string): string {
  return text.replace(EACH_UNPRINTABLE, (char) => (char === "\n" || char === "\t" ? char : escaped(char)));
}

const PLAIN_ASCII = /^[ -~]*$/;

/** The same for JSON text, which stays JSON: `\u001b`. */
export function printableJson(json: string): string {
  if (PLAIN_ASCII.test(json)) return json;
  return json.replace(EACH_UNPRINTABLE, (char) =>
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
