import { GateTable } from "../parts/gate.tsx";
import { Icon } from "../parts/icon.tsx";
import type { LedgerChange, ShiftResult } from "../state/wire.ts";
import { changeText, countText, shareText } from "../words.ts";

/** What would be done: by route, with the clients that change sides. */
export function PreviewOf({ result }: { readonly result: ShiftResult }) {
  const { changes, effects, gates, stepGates = [], warnings, unsafeServed } = result;
  if (changes.length === 0) return <p class="note">It already stands there: nothing would change.</p>;
  const said = new Map(effects.map((effect) => [effect.route, effect]));
  return (
    <>
      <ul class="effects">
        {changes.map((change) => (
          <li key={change.route}>
            <p>
              <b class="mono">{change.route}</b> <span class="quiet">{changeText(change)}</span>
            </p>
            <MoveBar change={change} />
            <p>{said.get(change.route)?.text}</p>
            <p class="note">{said.get(change.route)?.recent?.text}</p>
          </li>
        ))}
      </ul>
      {gates.length > 0 && <GateTable gates={gates} />}
      {stepGates.map(({ number, name, gate }) => (
        <section key={gate.route} aria-label={`Gate of step ${number}`}>
          <p class="note">
            Step {number} (<code>{name}</code>) {gate.holds ? "could raise this too:" : "waits for this:"}
          </p>
          <GateTable gates={[gate]} />
        </section>
      ))}
      {Object.entries(unsafeServed).map(([route, count]) => (
        <Warned key={route}>
          {route}: modern has served {countText(count)} writes since. Going back does not undo them.
        </Warned>
      ))}
      {warnings.map((warning) => (
        <Warned key={warning}>{warning}</Warned>
      ))}
    </>
  );
}

function Warned({ children }: { readonly children: preact.ComponentChildren }) {
  return (
    <p class="alert alert-warning">
      <Icon name="warning" /> <span>{children}</span>
    </p>
  );
}

/** Who stays on modern, who changes sides, who stays on legacy. */
function MoveBar({ change: { from, to } }: { readonly change: LedgerChange }) {
  const stay = Math.min(from.modern, to.modern);
  const move = Math.abs(to.modern - from.modern);
  const toModern = to.modern > from.modern;
  const text = `${shareText(stay)} of clients stay on modern, ${shareText(move)} ${toModern ? "move to modern" : "move to legacy"}, ${shareText(100 - stay - move)} stay on legacy`;
  return (
    <span class="position position-wide" role="img" aria-label={text} title={text}>
      <span class="position-bar">
        <span class="fill-modern" style={{ width: `${stay}%` }} />
        <span class={`fill-moving ${toModern ? "to-modern" : "to-legacy"}`} style={{ width: `${move}%` }} />
        <span class="fill-legacy" style={{ width: `${100 - stay - move}%` }} />
      </span>
    </span>
  );
}
