import { cell } from "./cell.ts";
import { now } from "./clock.ts";

/** The event types of the admin API, and one that is told from its data. */
const LIVE_TYPES = [
  "shift",
  "comparison",
  /** The comparisons that found a difference. */
  "mismatch",
  "skipped",
  "guard",
  "autopilot",
  "health",
  "reload",
  "rollup",
  "refresh",
] as const;
export type LiveType = (typeof LIVE_TYPES)[number];
type LiveListener = (type: LiveType, data: Readonly<Record<string, unknown>>) => void;

interface Connection {
  readonly state: "connecting" | "live" | "lost";
  /** Since when, ms since the epoch. */
  readonly since: number;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

export const connection = cell<Connection>({ state: "connecting", since: now() });
const listeners = new Set<LiveListener>();
let source: EventSource | undefined;
let retryMs = FIRST_RETRY_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

export function onLive(listener: LiveListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(state: Connection["state"]): void {
  if (connection.get().state !== state) connection.set({ state, since: now() });
}

/** Opens the stream, or opens it again after a login. A browser gives up on some failures for good; this does not. */
export function connect(): void {
  clearTimeout(timer);
  source?.close();
  const opened = new EventSource("/api/v1/events", { withCredentials: true });
  source = opened;
  opened.onopen = () => {
    retryMs = FIRST_RETRY_MS;
    become("live");
  };
  opened.onerror = () => {
    become("lost");
    if (opened.readyState !== EventSource.CLOSED) return;
    timer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };
  for (const type of LIVE_TYPES) {
    opened.addEventListener(type, (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as Record<string, unknown>;
      const also = type === "comparison" && data.outcome === "mismatch" ? (["mismatch"] as const) : [];
      for (const each of [type, ...also]) for (const listener of [...listeners]) listener(each, data);
    });
  }
}

/**
 * Browsers allow six connections to one address over all tabs: one that nobody looks at gives its stream up, and a page
 * that is left (it may be kept for the way back) too.
 */
export function followWhileSeen(): void {
  const seen = () => {
    if (!document.hidden) return connect();
    leave();
  };
  document.addEventListener("visibilitychange", seen);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => {
    if (event.persisted) seen();
  });
  seen();
}

function leave(): void {
  clearTimeout(timer);
  source?.close();
  become("connecting");
}
