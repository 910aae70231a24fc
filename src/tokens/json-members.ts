/**
 * Whether an object in a JSON text has a member twice, at any depth; "a" and "\u0061" are one name. The text is known to be
 * JSON, so that only strings, brackets, colons and commas matter.
 */
export function repeatsMember(json: string): boolean {
  /** Of each open bracket: the names seen, or undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let named = false;
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case "{":
        open.push(names);
        names = new Set();
        named = true;
        break;
      case "[":
        open.push(names);
        names = undefined;
        named = false;
        break;
      case "}":
      case "]":
        names = open.pop();
        named = false;
        break;
      case ",":
        named = names !== undefined;
        break;
      case '"': {
        const begin = i;
        for (i++; json[i] !== '"'; i++) if (json[i] === "\\") i++;
        if (!named || names === undefined) break;
        named = false;
        const name = JSON.parse(json.slice(begin, i + 1)) as string;
        if (names.has(name)) return true;
        names.add(name);
      }
    }
  }
  return false;
}
