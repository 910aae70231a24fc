import { Card } from "../../parts/card.tsx";
import { useCell } from "../../state/cell.ts";
import { useResource } from "../../state/resource.ts";
import { session } from "../../state/session.ts";
import type { UpstreamState } from "../../state/wire.ts";
import { countOf, isWatched, upstreamText } from "../../words.ts";

/** Addresses shown of one upstream; those that get no requests first. */
const MAX_SHOWN = 20;

type Member = UpstreamState["members"][number];

function worstFirst(members: readonly Member[]): readonly Member[] {
  const up = ({ condition }: Member) => condition === "up";
  return [...members.filter((member) => !up(member)), ...members.filter(up)].slice(0, MAX_SHOWN);
}

/** Upstreams of several addresses, or with health checks, as this front door reaches them. Of the others what needs attention says all. */
export function UpstreamsCard() {
  // To who has not logged in it is not said.
  const told = useCell(session)?.readOnly === false;
  const { data = [] } = useResource<readonly UpstreamState[]>(told ? "/upstreams" : undefined, {
    on: ["rollup", "reload"],
    pauseMs: 5_000,
  });
  const watched = data.filter(isWatched);
  if (watched.length === 0) return null;
  return (
    <Card title="Upstreams" id="upstreams" aside={<span class="note">as this front door reaches them</span>}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">Condition</th>
            <th scope="col" class="num">
              Requests
            </th>
            <th scope="col" class="num">
              Ejected
            </th>
          </tr>
        </thead>
        {watched.map((state) => (
          <tbody key={state.name}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                {state.name}: {countOf(state.members.length, "address", "addresses")}; {upstreamText(state)}
              </th>
            </tr>
            {worstFirst(state.members).map(({ address, condition, requests, ejections }) => (
              <tr key={address}>
                <td>{address}</td>
                <td>{condition}</td>
                <td class="num">{requests}</td>
                <td class="num">{ejections}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Card>
  );
}
