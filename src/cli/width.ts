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
