/** A source file without what only reads like code: whole-line comments dropped, those behind code cut off. */
export function codeLines(text: string): readonly string[] {
  const lines: string[] = [];
  let inComment = false;
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (inComment || trimmed.startsWith("/*")) {
      inComment = !trimmed.includes("*/");
      lines.push("");
    } else if (trimmed.startsWith("//")) lines.push("");
    else lines.push(line.replace(/\s\/\/ .*$/, ""));
  }
  return lines;
}

/** The same with the content of strings taken out of each line. */
export function bareLines(text: string): readonly string[] {
  return codeLines(text).map((line) =>
    line.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/`(?:[^`\\$]|\\.)*`/g, "``"),
  );
}

/** What a file imports or exports from, by `import`, `export … from`, `import()` or `new URL(…, import.meta.url)`. */
export function importsOf(text: string): readonly string[] {
  const code = codeLines(text).join("\n");
  const patterns = [
    /\b(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"/g,
    // Not the end of a string that says it: "keys/import".
    /\bimport(?:\s+|\s*\(\s*)"([^"]+)"/g,
    /"(\.\.?\/[^"]+\.ts)"/g,
  ];
  const found = patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] as string));
  return [...new Set(found)];
}
