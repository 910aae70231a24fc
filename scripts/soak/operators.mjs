import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { startUpstream } from "./world.mjs";

const SHIFT_MS = 1000;
const FILES_EVERY = 15;
const SIGNAL_EVERY = 20;
const CHECKPOINT_EVERY = 30;
const ROLLBACK_EVERY = 7;

function checkpoint(path) {
  const state = new DatabaseSync(path, { timeout: 5000 });
  try {
    state.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
  } finally {
    state.close();
  }
}

/** Shifts a route every second, goes back now and then, changes files, signals, and makes the store checkpoint. */
export async function operate(door, book, signal) {
  let risen = false;
  let at = 100;
  for (let n = 1; !signal.aborted; n++) {
    await delay(SHIFT_MS);
    const why = { reason: `turn ${n}`, by: "soak" };
    // What would raise modern is refused to a rollback.
    const back = risen && n % ROLLBACK_EVERY < 3;
    const modern = ((n * 618) % 9_900) / 100 + 0.5;
    await book.honest("shift", door, () =>
      back
        ? door.admin("POST", "/api/v1/routes/split/rollback", why)
        : door.admin("POST", "/api/v1/routes/split/shift", { ...why, modern }),
    );
    risen = !back && modern > at;
    // Where a rollback went, and where the route began, is not known here: the next shift counts as no rise.
    at = back ? 100 : modern;
    if (n % FILES_EVERY === 0) await book.honest("files", door, async () => door.reload(n / FILES_EVERY));
    if (n % SIGNAL_EVERY === 0) await book.honest("SIGHUP", door, async () => door.hup());
    if (n % CHECKPOINT_EVERY === 0) await book.honest("checkpoint", door, async () => checkpoint(door.state));
    if (n % SIGNAL_EVERY === 1) await book.honest("status", door, () => door.admin("GET", "/api/v1/status"));
  }
}

const ALIVE_MS = 15_000;
const DEAD_MS = 3000;

/** Modern of one route is killed, and comes back on its port; resolves with the last one. */
export async function killAgainAndAgain(frail, signal) {
  let { port, kill } = frail;
  let last = frail;
  while (!signal.aborted) {
    await delay(ALIVE_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    await kill();
    await delay(DEAD_MS);
    last = await startUpstream(port);
    ({ port, kill } = last);
  }
  return last;
}
