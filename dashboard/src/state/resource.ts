import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api.ts";
import { now } from "./clock.ts";
import { connection, type LiveType, onLive } from "./live.ts";

/** What is known of one answer of the API. Old data stays visible while it is asked for again, and when that fails. */
export interface Resource<T> {
  readonly data: T | undefined;
  /** `rel=next` of the Link header. */
  readonly next: string | undefined;
  /** x-total-count: rows there are before a limit. */
  readonly total: number | undefined;
  /** The last try failed; data, if there is any, is older. */
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** When the data came, ms since the epoch. */
  readonly at: number | undefined;
}

interface Entry {
  state: Resource<unknown>;
  readonly listeners: Set<() => void>;
  asked: AbortController | undefined;
  /** Asked for again while an answer was under way. */
  again: boolean;
}

interface Freshness {
  /** Events after which it is asked for again. */
  readonly on?: readonly LiveType[];
  /** At most once in this time, ms. Default 1 s. */
  readonly pauseMs?: number;
  /** Also without an event, after this time, ms: for counters that rise without one. */
  readonly everyMs?: number;
}

const NOTHING: Resource<never> = {
  data: undefined,
  next: undefined,
  total: undefined,
  error: undefined,
  loading: true,
  at: undefined,
};
/** Answers nobody looks at are kept for the way back, this many. */
const MAX_KEPT = 60;
/** Without events the page looks by itself. */
const WITHOUT_EVENTS_MS = 10_000;

/** The front door's answers are shared by all pages, and up to half a second old. */
const SETTLE_MS = 550;

const entries = new Map<string, Entry>();

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (entry === undefined) {
    entry = { state: NOTHING, listeners: new Set(), asked: undefined, again: false };
    entries.set(path, entry);
    for (const [key, old] of entries) {
      if (entries.size <= MAX_KEPT) break;
      if (old.listeners.size === 0 && old !== entry) entries.delete(key);
    }
  }
  return entry;
}

function update(entry: Entry, change: Partial<Resource<unknown>>): void {
  entry.state = { ...entry.state, ...change };
  for (const listener of [...entry.listeners]) listener();
}

async function refresh(path: string): Promise<void> {
  const entry = entryOf(path);
  if (entry.asked !== undefined) {
    entry.again = true;
    return;
  }
  const asked = new AbortController();
  entry.asked = asked;
  if (!entry.state.loading) update(entry, { loading: true });
  try {
    const { body, headers } = await get<unknown>(path, asked.signal);
    const next = /<([^>]*)>;\s*rel="?next"?/.exec(headers.get("link") ?? "")?.[1]?.replace("/api/v1", "");
    const total = headers.has("x-total-count") ? Number(headers.get("x-total-count")) : undefined;
    update(entry, { data: body, next, total, error: undefined, loading: false, at: now() });
  } catch (error) {
    if (asked.signal.aborted) return;
    const failure = error instanceof ApiError ? error : new ApiError(0, "page_error", String(error));
    update(entry, { error: failure, loading: false });
  } finally {
    if (entry.asked === asked) entry.asked = undefined;
    if (entry.again) {
      entry.again = false;
      if (entry.listeners.size > 0) void refresh(path);
    }
  }
}

/** After an action or a login: everything on the page is asked for again, and the rest is forgotten. */
export function refreshAll(): void {
  for (const [path, entry] of entries) {
    if (entry.listeners.size > 0) void refresh(path);
    else entries.delete(path);
  }
}

/** `undefined` asks for nothing. */
export function useResource<T>(path: string | undefined, freshness: Freshness = {}): Resource<T> {
  const [, redraw] = useState({});
  const { on = [], pauseMs = 1_000, everyMs } = freshness;
  const types = on.join(" ");
  // Asked before the first paint: what a page needs is under way while it is drawn.
  useLayoutEffect(() => {
    if (path === undefined) return;
    const entry = entryOf(path);
    const listener = () => redraw({});
    entry.listeners.add(listener);
    const stop = keepFresh(path, types.split(" ") as LiveType[], pauseMs, everyMs);
    listener();
    return () => {
      stop();
      entry.listeners.delete(listener);
    };
  }, [path, types, pauseMs, everyMs]);
  const last = useRef<Resource<unknown>>(NOTHING);
  const state = path === undefined ? NOTHING : (entries.get(path)?.state ?? NOTHING);
  // Another filter, page or time of the same thing: what was there stays until the answer comes.
  const shown =
    state.data === undefined && state.error === undefined && path !== undefined
      ? { ...last.current, loading: true }
      : state;
  if (shown === state) last.current = state;
  return shown as Resource<T>;
}

/** Asks now, after events with a pause between, and by the clock; nothing while the page is hidden. */
function keepFresh(
  path: string,
  on: readonly LiveType[],
  pauseMs: number,
  everyMs: number | undefined,
): () => void {
  let last = Number.NEGATIVE_INFINITY;
  /** An answer asked for from then on includes what the newest event is about. */
  let wanted = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soonAlready = false;
  let stopped = false;
  const look = async () => {
    clearTimeout(timer);
    timer = undefined;
    soonAlready = false;
    if (document.hidden) return;
    last = now();
    await refresh(path);
    if (timer === undefined && !stopped) later();
  };
  const later = () => {
    if (wanted > last) return soon();
    const failed = entryOf(path).state.error !== undefined;
    const live = connection.get().state === "live" && !failed;
    const wait = live ? everyMs : Math.max(everyMs ?? 0, WITHOUT_EVENTS_MS);
    if (wait !== undefined) timer = setTimeout(look, wait);
  };
  const soon = () => {
    if (soonAlready) return;
    soonAlready = true;
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(0, last + pauseMs - now(), wanted - now()));
  };
  const stops = [
    onLive((type) => {
      if (!on.includes(type)) return;
      wanted = now() + SETTLE_MS;
      soon();
    }),
    connection.subscribe(soon),
  ];
  document.addEventListener("visibilitychange", soon);
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
    for (const stop of stops) stop();
    document.removeEventListener("visibilitychange", soon);
  };
}
