import { Fragment } from "preact";
import { Spark } from "../../charts/spark.tsx";
import { mismatchRate } from "../../figures.ts";
import { Icon } from "../../parts/icon.tsx";
import { PhaseMark, PositionBar, PositionText } from "../../parts/position.tsx";
import { RateText } from "../../parts/rate.tsx";
import { unknownOf } from "../../parts/unknown.tsx";
import { href } from "../../state/place.ts";
import type { RouteRow as Row } from "../../state/wire.ts";
import { agoText, countText, fullMoment, msText, NONE, percentText, perSecondText } from "../../words.ts";

interface RouteRowProps {
  readonly route: Row;
  readonly now: number;
  /** It stands below its cohort's head. */
  readonly inCohort: boolean;
}

export function RouteRow({ route, now, inCohort }: RouteRowProps) {
  const { id, cohort, phase, position, lastShift, recent, attention } = route;
  const errors = recent ? (recent.errors / recent.requests) * 100 : undefined;
  return (
    <tr class={`${attention ? `row-${attention}` : ""} ${inCohort ? "in-cohort" : ""}`}>
      <th scope="row" class="route-cell">
        {attention && (
          <span class={`row-mark attention-${attention}`}>
            <Icon name={attention} />
            <span class="unseen">{attention === "error" ? "Error: " : "Warning: "}</span>
          </span>
        )}
        <a href={href(["routes", id])}>{withBreaks(id)}</a>
        {cohort !== id && !inCohort && <span class="note">cohort {cohort}</span>}
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
      <td class="num rate-cell">
        {recent ? (
          <span title={`${countText(recent.requests)} requests`}>
            <b>{perSecondText(recent.perSecond)}</b>
            {errors !== undefined && errors >= 1 && (
              <span class="note bad-text until-720">{percentText(errors)} errors</span>
            )}
            <Spark values={recent.minutes} label={`by minute: ${recent.minutes.map(countText).join(", ")}`} />
          </span>
        ) : (
          <span class="quiet">{recent === null && unknownOf(route) === undefined ? "none" : "unknown"}</span>
        )}
      </td>
      <td class="num from-900">{msText(recent?.p95)}</td>
      <td class={`num from-720 ${errors !== undefined && errors >= 50 ? "bad-text" : ""}`}>
        {percentText(errors)}
      </td>
      <td class="num from-560">
        {unknownOf(route)?.read === null ? (
          <span class="quiet">unknown</span>
        ) : (
          <RateText rate={mismatchRate(route)} />
        )}
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
