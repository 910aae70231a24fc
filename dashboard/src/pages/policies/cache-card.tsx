import { mostFirst } from "../../../../src/domain/most-first.ts";
import { Card } from "../../parts/card.tsx";
import { useCell } from "../../state/cell.ts";
import { href } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { session } from "../../state/session.ts";
import type { CacheReport } from "../../state/wire.ts";
import { countText, NONE, numberText, percentText, ratio } from "../../words.ts";

const MIB = 1024 * 1024;
/** Sides shown; those with most requests first. */
const MAX_SHOWN = 50;

type CachedSide = CacheReport["sides"][number];

function asked({ hit, miss, stale, revalidated, bypass }: CachedSide): number {
  return hit + miss + stale + revalidated + bypass;
}

const MOST_ASKED = mostFirst<CachedSide>(asked, ({ route, side }) => `${route} ${side}`);

/** Given from memory: fresh, stale, or still good as its side said. */
function shareOf(side: CachedSide): string {
  const share = ratio(side.hit + side.stale + side.revalidated, asked(side));
  return share === undefined ? NONE : percentText(share * 100);
}

/** What is stored of each side's answers, and how often it was given. Nothing where no route has the policy. */
export function CacheCard() {
  // To who has not logged in it is not said.
  const told = useCell(session)?.readOnly === false;
  const { data } = useResource<CacheReport>(told ? "/cache" : undefined, {
    on: ["rollup", "reload"],
    pauseMs: 2_000,
    everyMs: 5_000,
  });
  if (data === undefined || data.sides.length === 0) return null;
  const sides = data.sides.toSorted(MOST_ASKED);
  const more = sides.length - MAX_SHOWN;
  return (
    <Card
      title="Stored answers"
      id="cache"
      class="card-apart"
      aside={
        <span class="note">
          {numberText(data.bytes / MIB, 1)} of {numberText(data.limit / MIB, 1)} MiB held by this front door
        </span>
      }
    >
      <table class="plain">
        <caption class="unseen">Stored answers by route and side</caption>
        <thead>
          <tr>
            <th scope="col">Route and side</th>
            <th scope="col" class="num">
              From the cache
            </th>
            <th scope="col" class="num">
              Hits
            </th>
            <th scope="col" class="num">
              Misses
            </th>
            <th scope="col" class="num from-560">
              Stored
            </th>
            <th scope="col" class="num from-560">
              Evicted
            </th>
          </tr>
        </thead>
        <tbody>
          {sides.slice(0, MAX_SHOWN).map((side) => (
            <tr key={`${side.route} ${side.side}`}>
              <th scope="row">
                <a href={href(["routes", side.route])}>{side.route}</a>{" "}
                <span class="quiet">
                  <span class={`swatch swatch-${side.side}`} aria-hidden="true" /> {side.side}
                </span>
              </th>
              <td class="num">{shareOf(side)}</td>
              <td class="num">{countText(side.hit)}</td>
              <td class="num">{countText(side.miss)}</td>
              <td class="num from-560">{countText(side.entries)}</td>
              <td class="num from-560">{countText(side.evicted)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="note">and {countText(more)} with fewer requests</p>}
    </Card>
  );
}
