import { endedIn, reasonsText } from "../../../../src/domain/strata/seen.ts";
import { Card } from "../../parts/card.tsx";
import { ScrollingTable } from "../../parts/scrolling.tsx";
import { useResource } from "../../state/resource.ts";
import type { RouteGate } from "../../state/wire.ts";
import { countText, msText } from "../../words.ts";

/** Templates that are shown; `fig gate ROUTE --all` has them all. */
const MOST_SHOWN = 50;

type Answers = RouteGate["templates"][number]["answers"];
type OfSide = NonNullable<Answers>["legacy"];

const errorsOf = ({ answers, errors }: OfSide) => `${countText(errors)} of ${countText(answers)}`;
const p95Of = ({ p95 }: OfSide) => (p95 === null ? "none" : msText(p95));

/** Legacy's, and modern's below it. */
function BothSides({
  answers,
  said,
}: {
  readonly answers: Answers;
  readonly said: (side: OfSide) => string;
}) {
  return (
    <td class="num">
      {answers !== undefined && (
        <>
          <div class="note">legacy {said(answers.legacy)}</div>
          <div class="note">modern {said(answers.modern)}</div>
        </>
      )}
    </td>
  );
}

/** What was compared of each method's path templates, and what nothing is known of. */
export function TemplatesCard({ route }: { readonly route: string }) {
  const { data } = useResource<RouteGate>(`/routes/${encodeURIComponent(route)}/gate`, {
    on: ["shift", "reload"],
    pauseMs: 5_000,
    everyMs: 10_000,
  });
  if (data === undefined || data.templates.length + data.unseen.length === 0) return null;
  const shown = data.templates.slice(0, MOST_SHOWN);
  const more = data.templates.length - shown.length;
  return (
    <Card
      title="By method, path template and operation"
      id="templates"
      class="card-apart"
      aside={<span class="note">of what was drawn for a shadow</span>}
    >
      {data.unseen.map((text) => (
        <p class="note" key={text}>
          {text}
        </p>
      ))}
      {shown.length > 0 && (
        <ScrollingTable label="By method, path template and operation">
          <table class="plain">
            <caption class="unseen">Shadowed requests by method and path template</caption>
            <thead>
              <tr>
                <th scope="col">Template</th>
                <th scope="col" class="num">
                  Shadowed
                </th>
                <th scope="col" class="num">
                  Compared
                </th>
                <th scope="col" class="num">
                  Differ
                </th>
                <th scope="col" class="num">
                  Errors
                </th>
                <th scope="col" class="num">
                  p95
                </th>
                <th scope="col">Not compared</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ name, compared, mismatches, without, answers }) => (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td class="num">{countText(endedIn([compared, mismatches, without]))}</td>
                  <td class="num">{countText(compared)}</td>
                  <td class={`num ${mismatches > 0 ? "bad-text" : ""}`}>{countText(mismatches)}</td>
                  <BothSides answers={answers} said={errorsOf} />
                  <BothSides answers={answers} said={p95Of} />
                  <td class="note">{reasonsText(without)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollingTable>
      )}
      {more > 0 && <p class="note">and {countText(more)} more</p>}
    </Card>
  );
}
