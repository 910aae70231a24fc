import { useState } from "preact/hooks";
import { ActButton } from "../../act/act-button.tsx";
import { Chips } from "../../parts/chips.tsx";
import { Pager } from "../../parts/pager.tsx";
import { SearchField } from "../../parts/search-field.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { url } from "../../state/api.ts";
import { useCell } from "../../state/cell.ts";
import { href, refine } from "../../state/place.ts";
import { useResource } from "../../state/resource.ts";
import { session } from "../../state/session.ts";
import { API_KEY_STATES, type ApiKey } from "../../state/wire.ts";
import type { PageProps } from "../page.ts";
import { type KeyAct, KeyDialog } from "./key-dialog.tsx";
import { KeyTable } from "./key-table.tsx";

const ROWS = 50;

/** API keys. Who has one is nobody's business before the login. */
export function KeysPage({ place }: PageProps) {
  const known = useCell(session);
  const [act, setAct] = useState<KeyAct>();
  const asked = (name: string) => place.query.get(name) ?? undefined;
  const page = Number(asked("page") ?? 1);
  const filter = { query: asked("q"), state: asked("state") };
  const path = url("/keys", { ...filter, limit: ROWS, offset: (page - 1) * ROWS });
  const keys = useResource<readonly ApiKey[]>(known?.readOnly === false ? path : undefined, {
    everyMs: 5_000,
  });
  const search = (changes: Readonly<Record<string, string | undefined>>) =>
    refine({ ...changes, page: undefined });
  return (
    <>
      <div class="page-head">
        <h1>API keys</h1>
        <p class="lead">
          Who may ask routes with the policy <code>apiKeys</code>. A key is in force on every front door
          within a second, and so is the end of one.
        </p>
        <p class="actions">
          <ActButton primary onClick={() => setAct({ kind: "add" })}>
            New key …
          </ActButton>
        </p>
      </div>
      <section class="card" aria-label="Keys">
        {known?.readOnly ? (
          <Empty title="Log in to see the keys">
            <a href={href(["login"])}>Log in</a> with the admin token.
          </Empty>
        ) : (
          <>
            <div class="filters">
              <SearchField
                label="Search by name, owner, description or id"
                placeholder="Search by name, owner or id"
                value={asked("q") ?? ""}
                onSearch={(q) => search({ q })}
              />
              <Chips
                label="State"
                options={[undefined, ...API_KEY_STATES]}
                chosen={asked("state")}
                onChoose={(state) => search({ state })}
                says={(state) => state ?? "all"}
              />
            </div>
            <Loaded of={keys} what="keys">
              {(rows) => (
                <KeyTable keys={rows} filtered={Boolean(filter.query ?? filter.state)} onAct={setAct} />
              )}
            </Loaded>
            <Pager
              page={page}
              rows={ROWS}
              total={keys.total}
              onPage={(next) => refine({ page: next === 1 ? undefined : String(next) })}
            />
          </>
        )}
      </section>
      {act && <KeyDialog key={JSON.stringify(act)} act={act} onClose={() => setAct(undefined)} />}
    </>
  );
}
