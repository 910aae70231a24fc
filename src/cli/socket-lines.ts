import type { Status, WebSocketApiStatus } from "../control/contract.ts";
import { printable } from "../domain/printable.ts";
import {
  connectsText,
  endedOf,
  endsText,
  messagesText,
  socketFigures,
  troubleText,
} from "../domain/socket-wording.ts";
import { countText, shareText } from "../domain/wording.ts";
import { tableLines } from "./table.ts";
import { wrap } from "./width.ts";

/** APIs, and routes of messages, that are shown. */
const MAX_SHOWN = 24;

const APIS = [
  { title: "WEBSOCKETS", max: 24 },
  { title: "OPEN", align: "right" },
  { title: "IN FLEET", align: "right" },
  { title: "ENDED", align: "right" },
  { title: "TOO SLOW", align: "right" },
  { title: "REFUSED", align: "right" },
  { title: "FAILED", align: "right" },
] as const;

const ROUTES = [
  { title: "MESSAGES" },
  { title: "MODERN", align: "right" },
  { title: "SHADOW", align: "right" },
  { title: "LEGACY/S", align: "right" },
  { title: "MODERN/S", align: "right" },
  { title: "SHADOWED", align: "right" },
  { title: "DIFFER", align: "right" },
] as const;

function perSecond(value: number | null): string {
  if (value === null) return "?";
  return value > 0 && value < 0.05 ? "<0.1" : value.toFixed(1);
}

/** `chat: 12 opened, 1 refused; 40 messages came; …`. */
function wordsOf(api: WebSocketApiStatus): readonly string[] {
  const ends = endsText(api);
  const said = [connectsText(api), messagesText(api), troubleText(api), ends === "" ? "" : `ended: ${ends}`];
  const text = `${printable(api.id)}: ${said.filter((part) => part !== "").join("; ")}`;
  return wrap(text, 78).map((line, at) => (at === 0 ? line : `  ${line}`));
}

/** WebSocket APIs: connections of the front door that was asked, and messages by route and side. */
export function socketLines({ websockets = [] }: Pick<Status, "websockets">): readonly string[] {
  if (websockets.length === 0) return [];
  const apis = websockets.slice(0, MAX_SHOWN);
  const routes = websockets.flatMap((api) => api.routes);
  const left = websockets.length - apis.length + Math.max(0, routes.length - MAX_SHOWN);
  return [
    ...tableLines(
      APIS,
      apis.map((api) => {
        const { refused, failed, slow } = socketFigures(api);
        return [
          ...[printable(api.id), countText(api.open)],
          api.openInFleet === null ? "-" : countText(api.openInFleet),
          ...[endedOf(api.closes), slow, refused, failed].map(countText),
        ];
      }),
    ),
    ...apis.flatMap(wordsOf),
    ...tableLines(
      ROUTES,
      routes
        .slice(0, MAX_SHOWN)
        .map(({ route, position, sides, shadowed, compared, mismatches }) => [
          ...[printable(route), shareText(position.modern), shareText(position.shadow)],
          ...[perSecond(sides.legacy.perSecond), perSecond(sides.modern.perSecond), countText(shadowed)],
          compared === 0 ? "-" : `${countText(mismatches)} of ${countText(compared)}`,
        ]),
    ),
    ...(left > 0 ? [`and ${countText(left)} more; fig status --json has all`] : []),
  ];
}
