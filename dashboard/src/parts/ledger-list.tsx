import { useState } from "preact/hooks";
import { type Act, openAct } from "../act/act.ts";
import { ActButton } from "../act/act-button.tsx";
import { url } from "../state/api.ts";
import { useCell } from "../state/cell.ts";
import { href } from "../state/place.ts";
import { useResource } from "../state/resource.ts";
import { session } from "../state/session.ts";
import { useNow } from "../state/use-now.ts";
import type { LedgerEntry } from "../state/wire.ts";
import { agoText, changeText, fullMoment } from "../words.ts";
import { Evidence } from "./evidence.tsx";
import { Icon } from "./icon.tsx";
import { Empty, Loaded } from "./states.tsx";

const SIGNS: Readonly<Record<LedgerEntry["kind"], string>> = {
  shift: "→",
  migration: "◆",
  revert: "↩",
  rollback: "↩",
  guard: "↩",
  autopilot: "◆",
  resume: "▶",
  baseline: "▬",
  files: "▤",
};

interface LedgerListProps {
  readonly entries: readonly LedgerEntry[];
  /** They begin with the newest there is, which is where everything stands. */
  readonly fromNewest: boolean;
  /** Only this route's changes are shown. */
  readonly route?: string;
}

/** Revisions, the newest first: who, when, why, what, and on which evidence. */
export function LedgerList({ entries, route, fromNewest }: LedgerListProps) {
  const now = useNow();
  const newest = fromNewest ? entries[0]?.revision : undefined;
  if (entries.length === 0) return <Empty title="Nothing was shifted yet" />;
  return (
    <ol class="ledger">
      {entries.map((entry) => (
        <Entry key={entry.revision} entry={entry} route={route} now={now} newest={newest} />
      ))}
    </ol>
  );
}

const MOST = 8;

interface EntryProps {
  readonly entry: LedgerEntry;
  readonly route: string | undefined;
  readonly now: number;
  readonly newest: number | undefined;
}

function Entry({ entry, route, now, newest }: EntryProps) {
  const [open, setOpen] = useState(false);
  const { revision, at, kind, by, reason, migration, changes } = entry;
  const mayRead = useCell(session)?.readOnly === false;
  const own = route === undefined ? changes : changes.filter((change) => change.route === route);
  const shown = own.length > 0 ? own : changes;
  const id = `evidence-${revision}`;
  return (
    <li class={`entry entry-${kind}`}>
      <span class="entry-revision">r{revision}</span>
      <div class="entry-body">
        <div class="entry-what">
          <p class="entry-head">
            <span class="tag">
              <span aria-hidden="true">{SIGNS[kind]}</span> {kind}
              {migration && ` ${migration.number}`}
            </span>{" "}
            <b>{by}</b>{" "}
            <span class="quiet" title={fullMoment(at)}>
              {fullMoment(at)}, {agoText(at, now)}
            </span>
          </p>
          <p class="entry-reason">{reason}</p>
        </div>
        <div>
          <ul class="entry-changes">
            {shown.slice(0, MOST).map((change) => (
              <li key={change.route}>
                <a href={href(["routes", change.route])}>{change.route}</a> {changeText(change)}
                {change.undone && (
                  <span class="note">undoes {change.undone.map((each) => `r${each}`).join(", ")}</span>
                )}
              </li>
            ))}
          </ul>
          {shown.length > MOST && <p class="note">and {shown.length - MOST} more routes</p>}
        </div>
        <div class="entry-acts">
          {mayRead && (
            <button
              type="button"
              class="expander small"
              aria-expanded={open}
              aria-controls={id}
              onClick={() => setOpen(!open)}
            >
              <Icon name="down" /> Evidence<span class="unseen"> of r{revision}</span>
            </button>
          )}
          {revision !== newest && (
            <ActButton small onClick={() => openAct(backTo(revision, route))}>
              Back to here …<span class="unseen"> (r{revision})</span>
            </ActButton>
          )}
        </div>
        {open && mayRead && <EvidenceOf id={id} revision={revision} />}
      </div>
    </li>
  );
}

/** What held after this revision, of the route that is looked at or of every route. */
function backTo(to: number, route: string | undefined): Act {
  return route === undefined ? { kind: "rollback all", to } : { kind: "rollback", route, to };
}

interface EvidenceOfProps {
  readonly id: string;
  readonly revision: number;
}

/** Asked for when it is opened: the evidence of many entries is much. */
function EvidenceOf({ id, revision }: EvidenceOfProps) {
  const entries = useResource<readonly LedgerEntry[]>(url("/ledger", { after: revision - 1, limit: 1 }));
  return (
    <Loaded of={entries} what="evidence">
      {([entry]) => entry && <Evidence id={id} evidence={entry.evidence} />}
    </Loaded>
  );
}
