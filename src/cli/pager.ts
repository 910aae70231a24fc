/** What a key asks of a page of lines. */
type Move = "down" | "up" | "pageDown" | "pageUp" | "first" | "last";

/** As terminals send them; several may come in one piece. */
const KEYS: readonly (readonly [sequence: string, move: Move])[] = [
  ["\x1b[6~", "pageDown"],
  ["\x1b[5~", "pageUp"],
  ["\x1b[B", "down"],
  ["\x1bOB", "down"],
  ["\x1b[A", "up"],
  ["\x1bOA", "up"],
  ["\x1b[H", "first"],
  ["\x1b[1~", "first"],
  ["\x1b[F", "last"],
  ["\x1b[4~", "last"],
  [" ", "pageDown"],
  ["j", "down"],
  ["k", "up"],
  ["b", "pageUp"],
  ["g", "first"],
  ["G", "last"],
];

function movesIn(typed: string): readonly Move[] {
  const moves: Move[] = [];
  for (let at = 0; at < typed.length; ) {
    const found = KEYS.find(([sequence]) => typed.startsWith(sequence, at));
    if (found !== undefined) moves.push(found[1]);
    at += found?.[0].length ?? 1;
  }
  return moves;
}

/** Which lines of many are on a screen that is smaller than they are. */
export class Pager {
  private top = 0;

  /** True where the keys moved something. */
  type(keys: string, lines: number, room: number): boolean {
    const before = this.top;
    for (const move of movesIn(keys)) this.top = this.moved(move, lines, room);
    return this.top !== before;
  }

  /** The lines to show; `room` of them fit. Fewer lines than before do not leave the screen empty. */
  shown(lines: readonly string[], room: number): readonly string[] {
    this.top = within(this.top, lines.length - room);
    return lines.slice(this.top, this.top + room);
  }

  private moved(move: Move, lines: number, room: number): number {
    const by = { down: 1, up: -1, pageDown: room, pageUp: -room, first: -lines, last: lines }[move];
    return within(this.top + by, lines - room);
  }

  /** From 1. */
  get firstShown(): number {
    return this.top + 1;
  }
}

function within(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
