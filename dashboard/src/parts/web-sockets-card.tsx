import { rateOf } from "../figures.ts";
import { href } from "../state/place.ts";
import { useResource } from "../state/resource.ts";
import type { WebSocketApiStatus } from "../state/wire.ts";
import {
  connectsText,
  countOf,
  countText,
  endedOf,
  endText,
  messagesText,
  NONE,
  perSecondText,
  socketFigures,
  troubleText,
} from "../words.ts";
import { Card } from "./card.tsx";
import { PositionBar, PositionText } from "./position.tsx";
import { RateText } from "./rate.tsx";
import { ScrollingTable } from "./scrolling.tsx";

/** Ways to end that are shown of one API, the most frequent first. */
const MAX_ENDS = 12;

interface WebSocketsCardProps {
  /** Only the API that has this route. */
  readonly route?: string;
}

/** WebSocket APIs: connections as this front door has them, messages by route and side. Nothing where there are none. */
export function WebSocketsCard({ route }: WebSocketsCardProps) {
  const { data = [] } = useResource<readonly WebSocketApiStatus[]>("/websockets", {
    on: ["shift", "rollup", "reload"],
    pauseMs: 2_000,
    everyMs: 5_000,
  });
  const shown =
    route === undefined ? data : data.filter((api) => api.routes.some((one) => one.route === route));
  if (shown.length === 0) return null;
  return (
    <Card
      title="WebSockets"
      id="websockets"
      class={route === undefined ? "" : "card-apart"}
      aside={<span class="note">connections of this front door, messages of all</span>}
    >
      {shown.map((api) => (
        <Api key={api.id} api={api} />
      ))}
    </Card>
  );
}

function Api({ api }: { readonly api: WebSocketApiStatus }) {
  const { id, path, host, open, openInFleet } = api;
  const { refused, failed, slow } = socketFigures(api);
  const trouble = troubleText(api);
  return (
    <section class="web-socket" aria-label={`WebSocket API ${id}`}>
      <h3>
        {id}{" "}
        <span class="note">
          {host}
          {path}
        </span>
      </h3>
      <dl class="facts">
        <dt>Open</dt>
        <dd>
          {countOf(open, "connection")}
          {openInFleet !== null && <span class="quiet"> of {countText(openInFleet)} in the fleet</span>}
        </dd>
        <dt>Asked for one</dt>
        <dd>{connectsText(api)}</dd>
        <dt>Messages</dt>
        <dd>{messagesText(api)}</dd>
        <dt>Refused or failed</dt>
        <dd class={failed > 0 ? "bad-text" : undefined}>
          {refused + failed === 0 && trouble === "" ? "none" : trouble}
        </dd>
        <dt>Cut, too slow</dt>
        <dd class={slow > 0 ? "bad-text" : undefined}>{countOf(slow, "connection")}</dd>
      </dl>
      <Messages api={api} />
      <Ends api={api} />
    </section>
  );
}

function Messages({ api: { id, routes } }: { readonly api: WebSocketApiStatus }) {
  return (
    <ScrollingTable label={`Messages of ${id}`}>
      <table class="plain">
        <caption class="unseen">Messages of {id} by route and side</caption>
        <thead>
          <tr>
            <th scope="col">Messages</th>
            <th scope="col">Position</th>
            <th scope="col" class="num">
              <span class="swatch swatch-legacy" aria-hidden="true" /> legacy/s
            </th>
            <th scope="col" class="num">
              <span class="swatch swatch-modern" aria-hidden="true" /> modern/s
            </th>
            <th scope="col" class="num">
              Errors
            </th>
            <th scope="col" class="num">
              Shadowed
            </th>
            <th scope="col" class="num">
              Compared
            </th>
            <th scope="col" class="num">
              Mismatches
            </th>
          </tr>
        </thead>
        <tbody>
          {routes.map(({ key, route, position, sides, shadowed, compared, mismatches }) => (
            <tr key={route}>
              <th scope="row">
                <a href={href(["routes", route])}>{key}</a>
                <span class="note">{route}</span>
              </th>
              <td>
                <PositionBar position={position} />
                <PositionText position={position} />
              </td>
              <td class="num">{rateText(sides.legacy.perSecond)}</td>
              <td class="num">{rateText(sides.modern.perSecond)}</td>
              <td class="num">{countText(sides.legacy.errors + sides.modern.errors)}</td>
              <td class="num">{countText(shadowed)}</td>
              <td class="num">{countText(compared)}</td>
              <td class="num">
                <RateText rate={rateOf(mismatches, compared)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollingTable>
  );
}

function Ends({ api: { id, closes } }: { readonly api: WebSocketApiStatus }) {
  if (closes.length === 0) return <p class="note">No connection has ended.</p>;
  const more = endedOf(closes.slice(MAX_ENDS));
  return (
    <table class="plain">
      <caption class="unseen">Connections of {id} that ended, by why</caption>
      <thead>
        <tr>
          <th scope="col">Ended</th>
          <th scope="col" class="num">
            Connections
          </th>
        </tr>
      </thead>
      <tbody>
        {closes.slice(0, MAX_ENDS).map((close) => (
          <tr key={`${close.code} ${close.reason}`}>
            <th scope="row">{endText(close)}</th>
            <td class="num">{countText(close.count)}</td>
          </tr>
        ))}
        {more > 0 && (
          <tr>
            <th scope="row">otherwise</th>
            <td class="num">{countText(more)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Of the last five minutes. */
function rateText(perSecond: number | null): string {
  return perSecond === null ? NONE : perSecondText(perSecond);
}
