import {
  SOCKET_ENDS,
  type SocketDirection,
  type SocketEnd,
  type SocketError,
  type SocketResult,
} from "./socket-counts.ts";
import { countOf, countText } from "./wording.ts";

/** What was counted of a WebSocket API's connections. */
interface SocketCounted {
  readonly connects: Readonly<Record<SocketResult, number>>;
  readonly messages: Readonly<Record<SocketDirection, number>>;
  readonly errors: Readonly<Record<SocketError, number>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly closes: readonly { readonly code: string; readonly reason: SocketEnd; readonly count: number }[];
}

/** Messages that went nowhere or were refused by their side, those that failed, and connections that were cut since nobody read them. */
export function socketFigures({ errors, limits, closes }: SocketCounted) {
  return {
    refused: errors.no_route + errors.client + (limits.rate ?? 0),
    failed: errors.integration,
    slow: endedOf(closes.filter(({ reason }) => reason === "slow")),
  };
}

/** How many connections these are. */
export function endedOf(closes: SocketCounted["closes"]): number {
  return closes.reduce((sum, { count }) => sum + count, 0);
}

/** `idle for too long (1001)`. */
export function endText({ code, reason }: { readonly code: string; readonly reason: SocketEnd }): string {
  return `${SOCKET_ENDS[reason]} (${code})`;
}

const some = (parts: readonly (readonly [count: number, text: string])[]) =>
  parts.filter(([count]) => count > 0).map(([count, text]) => `${countText(count)} ${text}`);

/** `12 opened, 1 refused`: what became of clients that asked for a WebSocket. */
export function connectsText({ connects }: Pick<SocketCounted, "connects">): string {
  const { opened, refused, limit, not_websocket, unavailable } = connects;
  return [
    `${countText(opened)} opened`,
    ...some([
      [refused, "refused"],
      [limit, "over limits.connections"],
      [not_websocket, "no WebSocket"],
      [unavailable, "while it drained"],
    ]),
  ].join(", ");
}

/** `120 messages came; 80 answers, 3 posts, 40 of broadcasts sent`. */
export function messagesText({ messages }: Pick<SocketCounted, "messages">): string {
  const sent = some([
    [messages.answer, messages.answer === 1 ? "answer" : "answers"],
    [messages.post, messages.post === 1 ? "post" : "posts"],
    [messages.broadcast, "of broadcasts"],
  ]);
  return `${countOf(messages.in, "message")} came${sent.length === 0 ? "" : `; ${sent.join(", ")} sent`}`;
}

/** `2 without a route, 1 refused by their side`; empty: none was refused and none failed. */
export function troubleText({ errors, limits }: Pick<SocketCounted, "errors" | "limits">): string {
  return some([
    [errors.no_route, "without a route"],
    [errors.client, "refused by their side"],
    [limits.rate ?? 0, "over limits.rate"],
    [errors.integration, "failed"],
    [errors.disconnect, errors.disconnect === 1 ? "end untold" : "ends untold"],
  ]).join(", ");
}

/** `3 closed by its client (1000), 1 idle for too long (1001)`; empty: none ended. */
export function endsText({ closes }: Pick<SocketCounted, "closes">, most = 6): string {
  const more = endedOf(closes.slice(most));
  return [
    ...some(closes.slice(0, most).map((close) => [close.count, endText(close)] as const)),
    ...(more > 0 ? [`${countText(more)} otherwise`] : []),
  ].join(", ");
}
