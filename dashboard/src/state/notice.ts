import { cell } from "./cell.ts";

/** One sentence about what was just done: seen for a while, and said by screen readers. */
interface Notice {
  readonly text: string;
  /** Told apart from the same sentence said before. */
  readonly number: number;
}

export const notice = cell<Notice | undefined>(undefined);
const SEEN_MS = 8_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(timer);
  notice.set({ text, number: (notice.get()?.number ?? 0) + 1 });
  timer = setTimeout(() => notice.set(undefined), SEEN_MS);
}
