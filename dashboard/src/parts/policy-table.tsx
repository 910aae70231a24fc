import { Fragment } from "preact";
import { href } from "../state/place.ts";
import type { RoutePolicies } from "../state/wire.ts";
import { countText, NONE, perSecondText } from "../words.ts";

/** Counted in the last `seconds`, a second. */
export function latelyText(lately: number | null, seconds: number | null): string {
  return lately === null || !seconds ? NONE : perSecondText(lately / seconds);
}

type Policy = RoutePolicies["policies"][number];

interface PolicyTableProps {
  readonly rows: readonly RoutePolicies[];
  readonly seconds: number | null;
  /** False: on the page of the one route. */
  readonly withRoute: boolean;
}

/** What each policy said, in the order in which a request meets them. */
export function PolicyTable({ rows, seconds, withRoute }: PolicyTableProps) {
  return (
    <table class="plain">
      <caption class="unseen">Policies and their verdicts</caption>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Verdict</th>
          <th scope="col" class="num">
            Requests
          </th>
          <th scope="col" class="num">
            A second
          </th>
        </tr>
      </thead>
      {rows.map((row) => (
        <tbody key={row.route}>
          {withRoute && (
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <a href={href(["routes", row.route])}>{row.route}</a>{" "}
                {row.refused > 0 && <span class="quiet">· {countText(row.refused)} refused</span>}
              </th>
            </tr>
          )}
          {row.policies.map((policy) => (
            <PolicyRows key={policy.policy} policy={policy} seconds={seconds} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

function PolicyRows({ policy, seconds }: { readonly policy: Policy; readonly seconds: number | null }) {
  const { verdicts } = policy;
  const name = (
    <th scope="row" rowSpan={Math.max(1, verdicts.length)}>
      {policy.policy}
      {!policy.inForce && <span class="note"> no longer in force</span>}
    </th>
  );
  if (verdicts.length === 0)
    return (
      <tr>
        {name}
        <td class="quiet" colSpan={3}>
          nothing yet
        </td>
      </tr>
    );
  return (
    <Fragment>
      {verdicts.map(({ verdict, kind, count, lately }, at) => (
        <tr key={verdict}>
          {at === 0 && name}
          <td class={kind === "refused" ? "bad-text" : undefined}>
            {verdict}
            {kind !== verdict && <span class="note"> {kind}</span>}
          </td>
          <td class="num">{countText(count)}</td>
          <td class="num">{latelyText(lately, seconds)}</td>
        </tr>
      ))}
    </Fragment>
  );
}
