import { type ApiKey, type ApiKeyUse, apiKeyState } from "../../domain/api-key.ts";
import type { Store } from "../../store/contract.ts";
import type { ApiKeyPage, ApiKeyRow, ApiKeysHere, ApiKeysQuery } from "./contract.ts";

type Uses = ReadonlyMap<string, ApiKeyUse>;

export function usesById(uses: readonly ApiKeyUse[]): Uses {
  return new Map(uses.map((use) => [use.id, use]));
}

/** A key as it is shown; `uses`: undefined where nobody serves. */
export function rowOf(key: ApiKey, now: number, uses: Uses | undefined): ApiKeyRow {
  const { id, name, owner, description, plan, last, expiresAt, acts } = key;
  const [first] = acts;
  const used = uses?.get(id);
  return {
    ...{ id, name, owner, description, plan, last, expiresAt, acts },
    state: apiKeyState(key, now),
    createdAt: first?.at ?? "",
    createdBy: first?.by ?? "",
    use:
      uses === undefined
        ? null
        : {
            passed: used?.passed ?? 0,
            refused: used?.refused ?? 0,
            lastAt: used === undefined ? null : new Date(used.lastAt).toISOString(),
          },
  };
}

function matches(key: ApiKey, now: number, { query, state, plan }: ApiKeysQuery): boolean {
  if (state !== undefined && apiKeyState(key, now) !== state) return false;
  if (plan !== undefined && key.plan !== plan) return false;
  if (query === undefined) return true;
  const wanted = query.toLowerCase();
  return [key.id, key.name, key.owner, key.description].some((text) => text.toLowerCase().includes(wanted));
}

const created = ({ acts }: ApiKey) => acts[0]?.at ?? "";

/** Newest first, by times as they are written. */
function newestFirst(a: ApiKey, b: ApiKey): number {
  const [one, other] = [created(a), created(b)];
  if (one !== other) return one < other ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}

/** What is sorted beyond what is asked for. */
const SLACK = 2000;

/** Of all keys, those of one page. Pages of the store are read one after the other; what no page needs is let go of in between. */
export async function listApiKeys(
  store: Pick<Store, "readApiKeys">,
  now: number,
  query: ApiKeysQuery,
  here: ApiKeysHere | undefined,
): Promise<ApiKeyPage> {
  const wanted = query.offset + query.limit;
  const matching = new Set<string>();
  let best: ApiKey[] = [];
  for (let after = 0; ; ) {
    const { keys, revision } = await store.readApiKeys(after);
    for (const { id, key } of keys) {
      // Changed while the pages were read: it comes again.
      if (matching.delete(id)) best = best.filter((each) => each.id !== id);
      if (key === null || !matches(key, now, query)) continue;
      matching.add(id);
      best.push(key);
    }
    if (best.length > 2 * wanted + SLACK) best = best.sort(newestFirst).slice(0, wanted);
    after = keys.at(-1)?.revision ?? revision;
    if (after >= revision) break;
  }
  const page = best.sort(newestFirst).slice(query.offset, wanted);
  const uses = here && usesById(await here.uses(page.map(({ id }) => id)));
  return { rows: page.map((key) => rowOf(key, now, uses)), total: matching.size };
}
