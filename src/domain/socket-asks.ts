/** How connections of WebSocket APIs are spoken to, in whatever process of whatever front door they are. */

/** Somebody speaks to a connection, or to all that have a tag. `data`: base64. */
export type ConnectionAsk =
  | { readonly kind: "post"; readonly api: string; readonly id: string; readonly data: string }
  | { readonly kind: "get"; readonly api: string; readonly id: string }
  | { readonly kind: "delete"; readonly api: string; readonly id: string }
  | { readonly kind: "broadcast"; readonly api: string; readonly tag: string; readonly data: string };

/** The same, or how many connections are open is asked. */
export type SocketAsk = ConnectionAsk | { readonly kind: "count" };

export type SocketReply =
  | { readonly kind: "done" }
  | { readonly kind: "gone" | "too_large" | "full" | "not_text" | "unreachable" }
  | {
      readonly kind: "info";
      /** ISO 8601. */
      readonly connectedAt: string;
      readonly lastActiveAt: string;
      readonly sourceIp: string;
      readonly userAgent: string | undefined;
      readonly tags: readonly string[];
    }
  | { readonly kind: "sent"; readonly sent: number; readonly failed: number }
  /** By API. */
  | { readonly kind: "counted"; readonly open: Readonly<Record<string, number>> };

/** So many characters of a connection's id name the process that holds it. */
const SEAT_CHARACTERS = 12;

/** Undefined: no connection has such an id. */
export function seatOf(id: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(id) ? id.slice(0, SEAT_CHARACTERS) : undefined;
}

/** How many connections of each API are open in several places. */
export function addedOpen(
  parts: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const part of parts)
    for (const [api, open] of Object.entries(part)) sums[api] = (sums[api] ?? 0) + open;
  return sums;
}

/** What became of one broadcast in several places. */
export function addedReplies(replies: readonly (SocketReply | undefined)[]): SocketReply {
  let sent = 0;
  let failed = 0;
  for (const reply of replies) {
    if (reply?.kind !== "sent") continue;
    sent += reply.sent;
    failed += reply.failed;
  }
  return { kind: "sent", sent, failed };
}
