import { Fragment } from "preact";
import { answersOf, mismatchRate } from "../../figures.ts";
import { PhaseMark, PositionBar, PositionText } from "../../parts/position.tsx";
import { RateText } from "../../parts/rate.tsx";
import { SidePair } from "../../parts/side-pair.tsx";
import { href } from "../../state/place.ts";
import type { RouteStatus, Side } from "../../state/wire.ts";
import { agoText, fullMoment, msText, NONE, percentText, ratio, shortCount } from "../../words.ts";

export function RouteRow({ route, now }: { readonly route: RouteStatus; readonly now: number }) {
  const { id, cohort, phase, position, legacy, modern, lastShift } = route;
  const pair = (pick: (side: Side) => string) => (
    <SidePair legacy={pick("legacy")} modern={pick("modern")} route={route} />
  );
  return (
    <tr>
      <th scope="row" class="route-cell">
        <a href={href(["routes", id])}>{withBreaks(id)}</a>
        {cohort !== id && <span class="note">cohort {cohort}</span>}
        {route.drifted && <span class="flag">drifted</span>}
        {route.definitionDrift && <span class="flag">definition changed</span>}
      </th>
      <td class="from-720">
        <PhaseMark phase={phase} />
      </td>
      <td class="position-cell">
        <PositionBar position={position} />
        <PositionText position={position} />
      </td>
      <td class="num from-900">{shortCount(legacy.requests + modern.requests)}</td>
      <td class="num from-1100">
        {pair((side) => {
          const { errors, requests } = answersOf(route, side);
          const share = ratio(errors, requests);
          return percentText(share === undefined ? undefined : share * 100);
        })}
      </td>
      <td class="num from-900">{pair((side) => msText(answersOf(route, side).p95))}</td>
      <td class="num">
        <RateText rate={mismatchRate(route)} />
      </td>
      <td class="from-1100">
        {lastShift === null ? (
          NONE
        ) : (
          <span title={`${fullMoment(lastShift.at)}: ${lastShift.reason}`}>
            r{lastShift.revision} {lastShift.kind}
            <span class="note">
              {agoText(lastShift.at, now)} by {lastShift.by}
            </span>
          </span>
        )}
      </td>
    </tr>
  );
}

/** An id may wrap behind a dot or a dash, and elsewhere only if it must. */
function withBreaks(id: string) {
  return id.split(/(?<=[.\-_/])/).map((part, at) => (
    <Fragment key={`${at} ${part}`}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
