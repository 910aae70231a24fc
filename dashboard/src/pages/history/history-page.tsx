import { openAct } from "../../act/act.ts";
import { ActButton } from "../../act/act-button.tsx";
import { Chips, OnlyRoute } from "../../parts/chips.tsx";
import { LedgerList } from "../../parts/ledger-list.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import type { LedgerEntry } from "../../state/wire.ts";
import type { PageProps } from "../page.ts";

const KINDS: readonly LedgerEntry["kind"][] = [
  "shift",
  "migration",
  "revert",
  "rollback",
  "guard",
  "autopilot",
  "resume",
  "baseline",
  "files",
];
const ROWS = 50;

/** The ledger, filtered and cut into pages by the front door: a hundred thousand entries are as quick as ten. */
export function HistoryPage({ place }: PageProps) {
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const filter = { route: asked("route"), kind: asked("kind"), by: asked("by"), query: asked("q") };
  const filtered = Object.values(filter).some((value) => value !== undefined);
  // Of a route the first is still its newest.
  const narrowed = [filter.kind, filter.by, filter.query].some((value) => value !== undefined);
  const before = asked("before");
  const entries = useResource<readonly LedgerEntry[]>(
    url("/ledger", { ...filter, order: "newest", before, limit: ROWS, evidence: "false" }),
    {
      on: ["shift"],
    },
  );
  const search = (changes: Readonly<Record<string, string | undefined>>) =>
    refine({ ...changes, before: undefined });
  const older =
    entries.next === undefined ? null : new URLSearchParams(entries.next.split("?")[1]).get("before");
  return (
    <>
      <div class="page-head">
        <h1>History</h1>
        <p class="lead">
          The ledger: every change of a position, who made it, why, and what was known then. Nothing in it is
          ever changed.
        </p>
        <p class="actions">
          <ActButton onClick={() => openAct({ kind: "rollback all" })}>Roll back all …</ActButton>
        </p>
      </div>
      <section class="card" aria-label="Ledger">
        <div class="filters">
          <SearchField
            label="Search by route or reason"
            placeholder="Search by route or reason"
            value={asked("q") ?? ""}
            onSearch={(q) => search({ q })}
          />
          <SearchField
            label="Only by this person"
            placeholder="By whom, whole name"
            value={asked("by") ?? ""}
            onSearch={(by) => search({ by })}
          />
          <Chips
            label="Kind"
            options={[undefined, ...KINDS]}
            chosen={asked("kind")}
            onChoose={(kind) => search({ kind })}
            says={(kind) => kind ?? "all kinds"}
          />
          {filter.route && <OnlyRoute route={filter.route} onAll={() => search({ route: undefined })} />}
        </div>
        <Loaded of={entries} what="ledger">
          {(rows) =>
            rows.length === 0 && filtered ? (
              <Nothing older={older} />
            ) : (
              <LedgerList
                entries={rows}
                fromNewest={before === undefined && !narrowed}
                {...(filter.route === undefined ? {} : { route: filter.route })}
              />
            )
          }
        </Loaded>
        <nav class="pager" aria-label="Pages of the ledger">
          <button
            type="button"
            class="button small"
            disabled={before === undefined}
            onClick={() => refine({ before: undefined })}
          >
            Newest
          </button>
          <button
            type="button"
            class="button small"
            disabled={!older}
            onClick={() => refine({ before: older ?? undefined })}
          >
            Older
          </button>
        </nav>
      </section>
    </>
  );
}

/** A search reads a bounded number of entries at a time: none among them is not none at all. */
function Nothing({ older }: { readonly older: string | null }) {
  if (older === null) return <Empty title="No entry matches" />;
  return (
    <Empty title={`No entry back to r${older} matches`}>
      Earlier entries were not searched yet: “Older” continues from there.
    </Empty>
  );
}
