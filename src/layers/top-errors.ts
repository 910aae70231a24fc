const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;

const KEY = Buffer.from("errors");

/** Where it stands between two bytes that mean something. */
type Expecting = "key" | "colon" | "value" | "element" | "other";

/**
 * Finds a non-empty list `errors` at the top of a JSON object, or of the objects in a list (a batch), while its bytes pass:
 * GraphQL's way of failing with 200 (GraphQL §7.1). It keeps nothing of them. What is no JSON has none.
 */
export class TopErrors {
  found = false;
  private depth = 0;
  /** How deep the objects are that are looked at: 1, or 2 in a batch; 0: nothing came yet. */
  private top = 0;
  private expecting: Expecting = "other";
  private inText = false;
  private escaped = false;
  /** The text is a key at the top; how much of KEY it has matched, -1: it is another. */
  private inKey = false;
  private matched = -1;

  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.found; i++) {
      if (this.inText) i = this.text(bytes, i);
      else this.structure(bytes[i] as number);
    }
  }

  /** Goes on in a text; the place of its last byte that is here. */
  private text(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (this.escaped) {
        this.escaped = false;
        this.matched = -1;
      } else if (byte === BACKSLASH) {
        this.escaped = true;
      } else if (byte === QUOTE) {
        this.inText = false;
        if (this.inKey) this.expecting = this.matched === KEY.length ? "colon" : "other";
        this.inKey = false;
        return i;
      } else if (this.inKey) {
        this.matched = this.matched >= 0 && KEY[this.matched] === byte ? this.matched + 1 : -1;
      }
    }
    return bytes.length;
  }

  private structure(byte: number): void {
    if (byte <= SPACE) return;
    const { expecting } = this;
    if (expecting === "element") this.found = byte !== CLOSE_LIST;
    if (byte === QUOTE) {
      this.inText = true;
      this.inKey = expecting === "key";
      this.matched = this.inKey ? 0 : -1;
      if (expecting !== "key") this.expecting = "other";
      return;
    }
    if (byte === COLON) {
      this.expecting = expecting === "colon" ? "value" : "other";
    } else if (byte === COMMA) {
      this.expecting = this.depth === this.top && this.top > 0 ? "key" : "other";
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.opened(byte);
    } else {
      if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.depth--;
      this.expecting = "other";
    }
  }

  private opened(byte: number): void {
    const isObject = byte === OPEN_OBJECT;
    this.depth++;
    if (this.top === 0) this.top = isObject ? 1 : 2;
    if (!isObject && this.expecting === "value") this.expecting = "element";
    else this.expecting = isObject && this.depth === this.top ? "key" : "other";
  }
}
