/** Of one process, by `kind api label` with tabs between them: what /metrics says of WebSocket APIs. */
export class SocketCounts {
  readonly counted: Record<string, number> = {};

  add(kind: CountKind, api: string, label: string, by = 1): void {
    const key = `${kind}\t${api}\t${label}`;
    this.counted[key] = (this.counted[key] ?? 0) + by;
  }
}

/**
 * `connect`: attempts by result; `message`: by direction; `error`: by whose it is; `close`: by code and why, with a space between them; `limit`: bounds that were met;
 * `ask`: requests to `@connections` by operation and status.
 */
type CountKind = "connect" | "message" | "error" | "close" | "limit" | "ask";
