const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const COMMA = 0x2c;

/** Reads texts that are known to be JSON, without making values of them. */
class Scanner {
  private readonly json: string;
  at = 0;

  constructor(json: string) {
    this.json = json;
  }

  /** Behind white space: what stands there. */
  private peek(): number {
    while (SPACE.has(this.json.charCodeAt(this.at))) this.at++;
    return this.json.charCodeAt(this.at);
  }

  /** A value's text; behind it then. */
  value(): string {
    let code = this.peek();
    const from = this.at;
    let depth = 0;
    do {
      if (code === QUOTE) this.text();
      else if (OPENING.has(code)) {
        depth++;
        this.at++;
      } else if (CLOSING.has(code)) {
        depth--;
        this.at++;
      } else this.word(depth);
      code = this.json.charCodeAt(this.at);
    } while (depth > 0);
    return this.json.slice(from, this.at);
  }

  private text(): void {
    let { at } = this;
    for (;;) {
      const code = this.json.charCodeAt(++at);
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) break;
    }
    this.at = at + 1;
  }

  /** A number or a word; within something also what stands between its parts. */
  private word(depth: number): void {
    let { at } = this;
    for (; at < this.json.length; at++) {
      const code = this.json.charCodeAt(at);
      if (code === QUOTE || OPENING.has(code) || CLOSING.has(code)) break;
      if (depth === 0 && (code === COMMA || SPACE.has(code))) break;
    }
    this.at = at;
  }

  /** The last value of that name, as readers of JSON have it, or at that place. What is scanned is an object, or a list. */
  part(step: string | number): string | undefined {
    this.peek();
    this.at++;
    let found: string | undefined;
    for (let index = 0; !CLOSING.has(this.peek()); index++) {
      let name: string | number = index;
      if (typeof step === "string") {
        name = JSON.parse(this.value()) as string;
        this.peek();
        // The colon.
        this.at++;
      }
      const value = this.value();
      if (name === step) found = value;
      if (this.peek() === COMMA) this.at++;
    }
    return found;
  }
}

/** The text of what stands at these steps of a text that is JSON, where something does. Numbers of any length are as they came. */
export function rawAt(json: string, steps: readonly (string | number)[]): string | undefined {
  let part: string | undefined = json.trim();
  for (const step of steps) {
    const first: string | undefined = part?.[0];
    if (part === undefined || first !== (typeof step === "number" ? "[" : "{")) return undefined;
    part = new Scanner(part).part(step);
  }
  return part;
}
