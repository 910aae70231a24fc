import type { GateReport, RouteStatus, SideStatus } from "../state/wire.ts";
import { countText, fullMoment, msText } from "../words.ts";
import { GateTable } from "./gate.tsx";

type Window = Partial<RouteStatus>;

interface Known {
  readonly windows?: Readonly<Record<string, Window>>;
  readonly gates?: readonly GateReport[];
  readonly forced?: boolean;
  readonly overridden?: readonly string[];
  readonly unsafeServed?: Readonly<Record<string, number>>;
  /** Gates of steps that a shift by hand went past. */
  readonly stepGates?: readonly { readonly number: number; readonly gate: GateReport }[];
}

/** What was known when the entry was written. */
export function Evidence({
  id,
  evidence,
}: {
  readonly id: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}) {
  const known = evidence as Known;
  const {
    windows = {},
    gates = [],
    forced = false,
    overridden = [],
    unsafeServed = {},
    stepGates = [],
  } = known;
  return (
    <div class="evidence" id={id}>
      {forced && (
        <p class="alert alert-warning">
          Forced: {overridden.join("; ") || "although something spoke against it"}
        </p>
      )}
      {Object.entries(unsafeServed).map(([route, count]) => (
        <p class="alert alert-warning" key={route}>
          {route}: modern had served {countText(count)} writes; they were not undone
        </p>
      ))}
      <div class="scroll">
        <table class="plain">
          <caption class="unseen">Evidence by route</caption>
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col" class="num">
                Legacy
              </th>
              <th scope="col" class="num">
                Modern
              </th>
              <th scope="col" class="num">
                Shadows
              </th>
              <th scope="col" class="num">
                p95 legacy / modern
              </th>
              <th scope="col" class="num">
                match / mismatch
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(windows).map(([route, window]) => (
              <WindowRow key={route} route={route} window={window} />
            ))}
          </tbody>
        </table>
      </div>
      {gates.length > 0 && <GateTable gates={gates} />}
      {stepGates.map(({ number, gate }) => (
        <section key={gate.route} aria-label={`Gate of step ${number}`}>
          <p class="note">Step {number} was waiting for this, and the shift went past it:</p>
          <GateTable gates={[gate]} />
        </section>
      ))}
    </div>
  );
}

function WindowRow({ route, window }: { readonly route: string; readonly window: Window }) {
  const { since, legacy, modern, shadow, comparisons } = window;
  const requests = (side: SideStatus | undefined) => countText(side?.requests ?? 0);
  const p95 = (client: SideStatus | undefined, copy: SideStatus | undefined) =>
    msText(client?.p95 ?? copy?.p95);
  return (
    <tr>
      <th scope="row">
        {route}
        <span class="note">{since ? `since ${fullMoment(since)}` : "nothing counted"}</span>
      </th>
      <td class="num">{requests(legacy)}</td>
      <td class="num">{requests(modern)}</td>
      <td class="num">{countText((shadow?.legacy.requests ?? 0) + (shadow?.modern.requests ?? 0))}</td>
      <td class="num">
        {p95(legacy, shadow?.legacy)} / {p95(modern, shadow?.modern)}
      </td>
      <td class="num">
        {countText(comparisons?.match ?? 0)} / {countText(comparisons?.mismatch ?? 0)}
      </td>
    </tr>
  );
}
