import { NOT_COMPARED } from "../../../../src/domain/outcomes.ts";
import { mismatchRate } from "../../figures.ts";
import { Card } from "../../parts/card.tsx";
import { RateText } from "../../parts/rate.tsx";
import type { RouteStatus, SideStatus } from "../../state/wire.ts";
import { countText, fullMoment, msText, percentText, ratio } from "../../words.ts";

const ROWS: readonly { readonly name: string; readonly text: (side: SideStatus) => string }[] = [
  { name: "Requests", text: ({ requests }) => countText(requests) },
  { name: "Errors", text: ({ errors }) => countText(errors) },
  {
    name: "Error rate",
    text: ({ errors, requests }) => {
      const share = ratio(errors, requests);
      return percentText(share === undefined ? undefined : share * 100);
    },
  },
  { name: "p50", text: ({ p50 }) => msText(p50) },
  { name: "p95", text: ({ p95 }) => msText(p95) },
  { name: "p99", text: ({ p99 }) => msText(p99) },
];

/** The evidence window: what gates look at. */
export function SideTable({ route }: { readonly route: RouteStatus }) {
  const sides = [
    { name: "legacy", group: "clients", of: route.legacy },
    { name: "modern", group: "clients", of: route.modern },
    { name: "legacy", group: "shadows", of: route.shadow.legacy },
    { name: "modern", group: "shadows", of: route.shadow.modern },
  ];
  const { unknown } = route;
  const since =
    unknown?.read === null
      ? `not known: the state store is away since ${fullMoment(unknown.since)}`
      : unknown
        ? `as of ${fullMoment(unknown.read)}, the state store is away`
        : route.since === null
          ? "nothing was counted yet"
          : `since ${fullMoment(route.since)}`;
  return (
    <div class="route-evidence">
      <Card title="Side by side" id="sides" aside={<span class="note">{since}: what a gate looks at</span>}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <section class="scroll" tabIndex={0} aria-label="Side by side, table">
          <table class="plain sides-table">
            <caption class="unseen">What each side answered to clients and to shadows</caption>
            <thead>
              <tr>
                <td />
                <th scope="colgroup" colSpan={2}>
                  to clients
                </th>
                <th scope="colgroup" colSpan={2}>
                  to shadows
                </th>
              </tr>
              <tr>
                <td />
                {sides.map(({ name, group }) => (
                  <th scope="col" class="num" key={name + group}>
                    <span class={`swatch swatch-${name}`} aria-hidden="true" /> {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {ROWS.map((row) => (
                <tr key={row.name}>
                  <th scope="row">{row.name}</th>
                  {sides.map(({ name, group, of }) => (
                    <td class={`num ${of.requests === 0 ? "quiet" : ""}`} key={name + group}>
                      {row.text(of)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Card>
      <ComparedCard route={route} />
    </div>
  );
}

const REASONS: Readonly<Record<string, string>> = NOT_COMPARED;

function ComparedCard({ route }: { readonly route: RouteStatus }) {
  const { match, mismatch, inconclusive } = route.comparisons;
  const reasons = Object.entries(route.notCompared).sort(([, a], [, b]) => b - a);
  const missed = reasons.reduce((total, [, count]) => total + count, 0);
  const all = match + mismatch + missed;
  const share = (count: number) => percentText(all === 0 ? undefined : (count / all) * 100);
  return (
    <Card title="Compared, and not" id="compared" aside={<span class="note">since the same moment</span>}>
      <div class="compared">
        <p class="figure">
          <b>
            <RateText rate={mismatchRate(route)} />
          </b>{" "}
          <span>mismatches among {countText(match + mismatch)} compared</span>
        </p>
        <table class="plain">
          <caption class="unseen">Requests by what became of their comparison</caption>
          <tbody>
            <Outcome
              name="match"
              count={match}
              share={share(match)}
              swatch="good"
              says="both sides answered alike"
            />
            <Outcome
              name="mismatch"
              count={mismatch}
              share={share(mismatch)}
              swatch="bad"
              says="something differs"
            />
            {reasons.map(([reason, count]) => (
              <Outcome
                key={reason}
                name={reason}
                count={count}
                share={share(count)}
                swatch="mute"
                says={REASONS[reason] ?? ""}
              />
            ))}
          </tbody>
        </table>
        {inconclusive > 0 && (
          <p class="note">{countText(inconclusive)} of them were tried and remained inconclusive.</p>
        )}
      </div>
    </Card>
  );
}

interface OutcomeProps {
  readonly name: string;
  readonly count: number;
  readonly share: string;
  readonly swatch: "good" | "bad" | "mute";
  readonly says: string;
}

function Outcome({ name, count, share, swatch, says }: OutcomeProps) {
  return (
    <tr>
      <th scope="row">
        <span class={`swatch swatch-${swatch}`} aria-hidden="true" /> {name} <span class="note">{says}</span>
      </th>
      <td class="num">{countText(count)}</td>
      <td class="num quiet">{share}</td>
    </tr>
  );
}
