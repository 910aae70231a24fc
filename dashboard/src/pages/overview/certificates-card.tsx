import { Card } from "../../parts/card.tsx";
import { useCell } from "../../state/cell.ts";
import { now } from "../../state/clock.ts";
import { useResource } from "../../state/resource.ts";
import { session } from "../../state/session.ts";
import type { CertificateState } from "../../state/wire.ts";
import { countText, durationText, fullMoment } from "../../words.ts";

/** Certificates shown; those that end first. */
const MAX_SHOWN = 20;

/** What this front door shows its clients, and upstreams, and when it ends. Nothing where it has no certificate. */
export function CertificatesCard() {
  // To who has not logged in it is not said.
  const told = useCell(session)?.readOnly === false;
  const { data = [] } = useResource<readonly CertificateState[]>(told ? "/certificates" : undefined, {
    on: ["reload"],
    pauseMs: 5_000,
    everyMs: 60_000,
  });
  if (data.length === 0) return null;
  const more = data.length - MAX_SHOWN;
  return (
    <Card
      title="Certificates"
      id="certificates"
      aside={<span class="note">as this front door shows them</span>}
    >
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Ends</th>
            <th scope="col" class="num">
              In
            </th>
          </tr>
        </thead>
        <tbody>
          {data.slice(0, MAX_SHOWN).map(({ name, names, endsAt, upstream }) => (
            <tr key={`${upstream} ${name}`}>
              <td title={names.join(", ")}>
                {name}
                {upstream !== undefined && <span class="note"> to upstream {upstream}</span>}
              </td>
              <td>{fullMoment(endsAt)}</td>
              <td class="num">{leftText(Date.parse(endsAt) - now())}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="note">and {countText(more)} that end later</p>}
    </Card>
  );
}

function leftText(ms: number): string {
  return ms > 0 ? durationText(ms, Math.floor) : "ended";
}
