/**
 * Text from files, upstreams and other people's reasons, made safe for a terminal: control characters, C1 codes and
 * direction overrides become visible escapes, so that no stored value can move the cursor or hide what follows.
 */
export function printable(text: string): string {
  let safe = "";
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    safe += isUnsafe(code) ? `\\u{${code.toString(16)}}` : char;
  }
  return safe;
}

function isUnsafe(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  if (code === 0x2028 || code === 0x2029 || code === 0xfeff) return true;
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** Cut to `width` characters, the last an ellipsis where something was lost. */
export function cut(text: string, width: number): string {
  const chars = [...text];
  if (chars.length <= width) return text;
  return `${chars.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Broken at spaces into lines of at most `width` characters; a longer word is broken too. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    while ([...word].length > width) {
      if (line !== "") lines.push(line);
      lines.push([...word].slice(0, width).join(""));
      word = [...word].slice(width).join("");
      line = "";
    }
    const longer = line === "" ? word : `${line} ${word}`;
    if ([...longer].length <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines;
}
