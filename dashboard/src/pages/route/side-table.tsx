import { MOST_FIRST } from "../../../../src/domain/most-first.ts";
import { NOT_COMPARED } from "../../../../src/domain/outcomes.ts";
import { mismatchRate } from "../../figures.ts";
import { Card } from "../../parts/card.tsx";
import { RateText } from "../../parts/rate.tsx";
import { ScrollingTable } from "../../parts/scrolling.tsx";
import type { RouteStatus, SideStatus } from "../../state/wire.ts";
import { countText, fullMoment, msText, percentText, ratio } from "../../words.ts";
import { type Delta, pointsOf, sidesToCompare, timesOf } from "./delta.ts";

function errorRate({ errors, requests }: SideStatus): number | undefined {
  const share = ratio(errors, requests);
  return share === undefined ? undefined : share * 100;
}

interface SideRow {
  readonly name: string;
  readonly text: (side: SideStatus) => string;
  /** What modern has beside legacy, and whether that is worse. Undefined: that says nothing. */
  readonly delta?: (legacy: SideStatus, modern: SideStatus) => Delta | undefined;
}

function quantileRow(name: "p50" | "p95" | "p99"): SideRow {
  return {
    name,
    text: (side) => msText(side[name]),
    delta: ({ [name]: before }, { [name]: after }) =>
      before === null || after === null ? undefined : timesOf(after, before),
  };
}

const ROWS: readonly SideRow[] = [
  { name: "Requests", text: ({ requests }) => countText(requests) },
  { name: "Errors", text: ({ errors }) => countText(errors) },
  {
    name: "Error rate",
    text: (side) => percentText(errorRate(side)),
    delta(legacy, modern) {
      const [before, after] = [errorRate(legacy), errorRate(modern)];
      return before === undefined || after === undefined ? undefined : pointsOf(after - before);
    },
  },
  quantileRow("p50"),
  quantileRow("p95"),
  quantileRow("p99"),
];

/** The evidence window: what gates look at. */
export function SideTable({ route }: { readonly route: RouteStatus }) {
  const sides = [
    { name: "legacy", group: "clients", of: route.legacy },
    { name: "modern", group: "clients", of: route.modern },
    { name: "legacy", group: "shadows", of: route.shadow.legacy },
    { name: "modern", group: "shadows", of: route.shadow.modern },
  ];
  const compared = sidesToCompare(route);
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
        <ScrollingTable label="Side by side">
          <table class="plain sides-table">
            <caption class="unseen">What each side answered to clients and to shadows</caption>
            <thead>
              <tr>
                <td />
                <th scope="col" rowSpan={2} class="num delta">
                  modern beside legacy
                  <span class="note">{compared === undefined ? "nothing to compare" : compared.says}</span>
                </th>
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
                  <DeltaCell delta={compared && row.delta?.(compared.legacy, compared.modern)} />
                  {sides.map(({ name, group, of }) => (
                    <td class={`num ${of.requests === 0 ? "quiet" : ""}`} key={name + group}>
                      {row.text(of)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollingTable>
      </Card>
      <ComparedCard route={route} />
    </div>
  );
}

function DeltaCell({ delta }: { readonly delta: Delta | undefined }) {
  if (delta === undefined) return <td class="num delta quiet">–</td>;
  return <td class={`num delta ${delta.tone}-text`}>{delta.text}</td>;
}

const REASONS: Readonly<Record<string, string>> = NOT_COMPARED;

function ComparedCard({ route }: { readonly route: RouteStatus }) {
  const { match, mismatch, inconclusive } = route.comparisons;
  const reasons = Object.entries(route.notCompared).sort(MOST_FIRST);
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
