/** Cells of a slot: the text's hash, where it is in `texts`, its length, and its value. */
const SLOT_CELLS = 4;
const HASH = 0;
const FROM = 1;
const LENGTH = 2;
const VALUE = 3;

export const NO_VALUE = -1;

/** FNV-1a over a part of a text, one step a character. */
function hashOf(text: string, from: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

/**
 * Texts to whole numbers from 0 on, fixed once made, found by a part of a longer text. In two flat arrays, at most half of the
 * slots used: with thousands of texts a look-up in a Map goes to five places in cold memory, here to two (0013).
 */
export class SegmentTable {
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly texts: Uint8Array;

  constructor(entries: readonly (readonly [text: string, value: number])[]) {
    let size = 2;
    while (size < entries.length * 2) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(size * SLOT_CELLS).fill(NO_VALUE);
    this.texts = new Uint8Array(entries.reduce((sum, [text]) => sum + text.length, 0));
    let from = 0;
    for (const [text, value] of entries) {
      const hash = hashOf(text, 0, text.length);
      let slot = (hash & this.mask) * SLOT_CELLS;
      while (this.slots[slot + VALUE] !== NO_VALUE) slot = this.after(slot);
      this.slots.set([hash, from, text.length, value], slot);
      for (let at = 0; at < text.length; at++) this.texts[from + at] = text.charCodeAt(at);
      from += text.length;
    }
  }

  /** The value of `text` from `from` to before `end`, or NO_VALUE. */
  find(text: string, from: number, end: number): number {
    const { slots } = this;
    const hash = hashOf(text, from, end);
    let slot = (hash & this.mask) * SLOT_CELLS;
    while (slots[slot + VALUE] !== NO_VALUE) {
      if (slots[slot + HASH] === hash && slots[slot + LENGTH] === end - from) {
        if (this.isAt(slots[slot + FROM] as number, text, from, end)) return slots[slot + VALUE] as number;
      }
      slot = this.after(slot);
    }
    return NO_VALUE;
  }

  private after(slot: number): number {
    return (slot + SLOT_CELLS) & (this.slots.length - 1);
  }

  private isAt(place: number, text: string, from: number, end: number): boolean {
    const { texts } = this;
    for (let at = from, own = place; at < end; at++, own++) {
      if (texts[own] !== text.charCodeAt(at)) return false;
    }
    return true;
  }
}
