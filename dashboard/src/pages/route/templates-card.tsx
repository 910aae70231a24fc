import { endedIn, reasonsText } from "../../../../src/domain/strata/seen.ts";
import { Card } from "../../parts/card.tsx";
import { ScrollingTable } from "../../parts/scrolling.tsx";
import { useResource } from "../../state/resource.ts";
import type { RouteGate } from "../../state/wire.ts";
import { countText } from "../../words.ts";

/** Templates that are shown; `fig gate ROUTE --all` has them all. */
const MOST_SHOWN = 50;

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
      title="By method and path template"
      id="templates"
      aside={<span class="note">of what was drawn for a shadow</span>}
    >
      {data.unseen.map((text) => (
        <p class="note" key={text}>
          {text}
        </p>
      ))}
      {shown.length > 0 && (
        <ScrollingTable label="By method and path template">
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
                <th scope="col">Not compared</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ name, compared, mismatches, without }) => (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td class="num">{countText(endedIn([compared, mismatches, without]))}</td>
                  <td class="num">{countText(compared)}</td>
                  <td class={`num ${mismatches > 0 ? "bad-text" : ""}`}>{countText(mismatches)}</td>
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
