import { setTimeout as sleep } from "node:timers/promises";
import { changedBetween, type Look, lookAt } from "./look.ts";

/** How long files have to stand still before they are read: what writes many of them is not half done then. */
const STILL_MS = 100;
/** Looks at files that do not stand still, STILL_MS apart. */
const MAX_LOOKS = 50;
/** Readings of files of which one changed meanwhile. */
const MAX_READINGS = 5;

interface Reading<T> {
  /** What will be read, as absolute paths, as far as that is known before. */
  readonly paths: () => Promise<readonly string[]>;
  readonly read: () => Promise<T>;
  /** Whether the files have to stand still before the first reading too. Before each further one they always have to. */
  readonly waits: boolean;
}

type StillRead<T> =
  | { readonly still: true; readonly result: T; readonly look: Look }
  /** `changed`: the file or folder that was last seen to change. */
  | { readonly still: false; readonly changed: string; readonly paths: readonly string[] };

/**
 * Reads files as they were together at one moment: between two looks that show the same. What changed meanwhile is read
 * again, until MAX_LOOKS or MAX_READINGS.
 *
 * A swap to other files and back again, both within one reading, is not seen: the files are the same before and after.
 *
 * A file system may give two writes within one tick of its clock (some milliseconds) the same time. With `waits` that does no
 * harm: reading begins when the tick of what was seen is over.
 */
export async function readStill<T extends { readonly paths: readonly string[] }>({
  paths,
  read,
  waits,
}: Reading<T>): Promise<StillRead<T>> {
  let wait = waits;
  let readings = 0;
  let named = await paths();
  let seen = await lookAt(named);
  let changed = named[0] as string;
  for (let looks = 0; looks < MAX_LOOKS && readings < MAX_READINGS; looks++) {
    if (wait) {
      await sleep(STILL_MS);
      named = await paths();
      const now = await lookAt(named);
      const moved = changedBetween(seen, now);
      seen = now;
      if (moved !== undefined) {
        changed = moved;
        continue;
      }
    }
    const result = await read();
    const after = await lookAt(result.paths);
    const moved = changedBetween(seen, after);
    if (moved === undefined) return { still: true, result, look: after };
    readings++;
    seen = after;
    changed = moved;
    wait = true;
  }
  return { still: false, changed, paths: named };
}
