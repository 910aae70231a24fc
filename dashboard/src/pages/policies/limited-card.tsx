import { Card } from "../../parts/card.tsx";
import { latelyText } from "../../parts/policy-table.tsx";
import { href } from "../../state/place.ts";
import type { PolicyReport } from "../../state/wire.ts";
import { countText } from "../../words.ts";

/** Whom limits refused. Nothing where they refused nobody, and for who has not logged in. */
export function LimitedCard({ report: { limited, seconds } }: { readonly report: PolicyReport }) {
  if (limited.length === 0) return null;
  return (
    <Card
      title="Who is limited"
      id="limited"
      class="card-apart"
      aside={<span class="note">those that this front door refused most</span>}
    >
      <table class="plain">
        <caption class="unseen">Whom limits refused</caption>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">Route and limit</th>
            <th scope="col" class="num">
              Refused
            </th>
            <th scope="col" class="num">
              A second
            </th>
          </tr>
        </thead>
        <tbody>
          {limited.map(({ route, limit, key, count, lately }) => (
            <tr key={`${route} ${limit} ${key}`}>
              <th scope="row">
                {key === "" ? <span class="quiet">all requests</span> : <span class="mono">{key}</span>}
              </th>
              <td>
                <a href={href(["routes", route])}>{route}</a> <span class="quiet">{limit}</span>
              </td>
              <td class="num">{countText(count)}</td>
              <td class="num">{latelyText(lately, seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
