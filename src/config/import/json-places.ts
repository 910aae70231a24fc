/** How deep places are told apart: `paths`, a path, a method, an extension, and what is in it. */
const MAX_DEPTH = 6;

interface Place {
  readonly at: number;
  below: Map<string, Place> | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Behind the text that begins at `from`. */
function afterText(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source.charCodeAt(at) !== QUOTE)
    at += source.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function afterSpace(source: string, from: number): number {
  let at = from;
  while (at < source.length && source.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** Behind the value that begins at `from`, however deep it is. */
function afterValue(source: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    const char = source[at] as string;
    if (char === '"') {
      at = afterText(source, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      // The end of what is around a number.
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (char === "," || char.charCodeAt(0) <= 0x20)) return at;
    at++;
  }
  return at;
}

class Scan {
  /** Where a member stands that its object has already. */
  twice: number | undefined;
  private readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  /** Reads the value at `from` into `place`; gives where it ends. */
  read(from: number, place: Place, depth: number): number {
    const open = this.source[from];
    if (depth === MAX_DEPTH || (open !== "{" && open !== "[")) return afterValue(this.source, from);
    let at = afterSpace(this.source, from + 1);
    for (let index = 0; at < this.source.length; index++) {
      if (this.source[at] === "}" || this.source[at] === "]") return at + 1;
      const below: Place = { at, below: undefined };
      let key = String(index);
      if (open === "{") {
        const end = afterText(this.source, at);
        key = JSON.parse(this.source.slice(at, end)) as string;
        at = afterSpace(this.source, afterSpace(this.source, end) + 1);
      }
      place.below ??= new Map();
      if (place.below.has(key)) this.twice ??= below.at;
      place.below.set(key, below);
      at = afterSpace(this.source, this.read(at, below, depth + 1));
      if (this.source[at] === ",") at = afterSpace(this.source, at + 1);
    }
    return at;
  }
}

interface JsonPlaces {
  /** The offset of a part; of what is deeper, or is not there, of the nearest thing around it. */
  at(path: readonly (string | number)[]): number;
  /** Where a member stands that its object has already; undefined: nothing is there twice. */
  readonly twice: number | undefined;
}

/** Where the parts of a text stand that is known to be JSON. */
export function jsonPlaces(source: string): JsonPlaces {
  const root: Place = { at: afterSpace(source, 0), below: undefined };
  const scan = new Scan(source);
  scan.read(root.at, root, 0);
  return {
    twice: scan.twice,
    at(path) {
      let place = root;
      for (const step of path) {
        const next = place.below?.get(String(step));
        if (next === undefined) break;
        place = next;
      }
      return place.at;
    },
  };
}
