const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/**
 * Whether an object of this JSON, which is well-formed, has two members of one name. Readers take the first, the last, or both
 * (RFC 8259 §4): what was checked need not be what the side reads.
 */
export function repeatsMember(json: string): boolean {
  /** Names of each object that is open; undefined: an array. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let isName = false;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) {
      const from = i++;
      while (json.charCodeAt(i) !== QUOTE) i += json.charCodeAt(i) === BACKSLASH ? 2 : 1;
      if (!isName || names === undefined) continue;
      const sent = json.slice(from, i + 1);
      const name = sent.includes("\\") ? (JSON.parse(sent) as string) : sent.slice(1, -1);
      if (names.has(name)) return true;
      names.add(name);
      isName = false;
    } else if (code === COMMA) {
      isName = names !== undefined;
    } else if (code === 0x7b || code === 0x5b) {
      open.push(names);
      isName = code === 0x7b;
      names = isName ? new Set() : undefined;
    } else if (code === 0x7d || code === 0x5d) {
      names = open.pop();
      isName = false;
    }
  }
  return false;
}
