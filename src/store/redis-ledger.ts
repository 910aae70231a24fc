import { FigError } from "../domain/errors.ts";
import { type LedgerDraft, type LedgerEntry, touchedBy } from "../domain/ledger.ts";
import type { AppendGuard, AppendResult, DefinitionEpoch, OpenOptions } from "./contract.ts";
import { known, Unanswered } from "./redis-errors.ts";
import type { RedisKeys } from "./redis-keys.ts";
import type { RedisLink } from "./redis-link.ts";
import { APPEND, NOTE_DEFINITIONS } from "./redis-scripts.ts";

/** Entries in one answer. */
const PAGE_ENTRIES = 200;
/** An append whose answer was lost is asked for again for so long. */
const RESOLVE_MS = 10_000;

type StreamEntry = readonly [id: string, fields: readonly string[]];

function entryOf([, fields]: StreamEntry): LedgerEntry {
  return JSON.parse(fields[fields.indexOf("e") + 1] ?? "") as LedgerEntry;
}

/** `epoch since hash`. */
export function definitionOf(text: string): DefinitionEpoch & { readonly hash: string } {
  const [epoch, since, ...hash] = text.split(" ");
  return { epoch: Number(epoch), since: Number(since), hash: hash.join(" ") };
}

/** The ledger and the definitions. */
export function redisLedger(
  link: RedisLink,
  keys: RedisKeys,
  { now, hex }: Pick<OpenOptions, "now" | "hex">,
) {
  async function resolved(ask: () => Promise<unknown>): Promise<readonly [string, string]> {
    const signal = AbortSignal.timeout(RESOLVE_MS);
    for (;;) {
      try {
        return (await ask()) as readonly [string, string];
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        if (await link.back(signal)) continue;
        throw new FigError(
          "store_unavailable",
          `the state store went away during a write: ${error.message}`,
          {
            remedy: "Read the ledger when it is back: the entry may have been written.",
            cause: error.known,
          },
        );
      }
    }
  }

  /** The next entries, oldest first; empty: there is nothing newer. */
  async function page(after: number, most = PAGE_ENTRIES): Promise<readonly LedgerEntry[]> {
    const from = `(${Math.max(0, after)}-0`;
    const found = await known(link.send(["XRANGE", keys.ledger, from, "+", "COUNT", String(most)]));
    return (found as readonly StreamEntry[]).map(entryOf);
  }

  const store = {
    /** Asks again where the answer was lost: the script finds what it wrote before by its token. */
    async append(draft: LedgerDraft, guard: AppendGuard): Promise<AppendResult> {
      const { id, ledger, routes } = keys;
      const token = hex(8);
      const guarded = guard.routes.map(String);
      const args = [
        link.stateId,
        JSON.stringify(draft),
        new Date(now()).toISOString(),
        String(guard.revision),
        token,
        String(link.revision),
        keys.channel(link.stateId),
        String(guarded.length),
        ...guarded,
        ...touchedBy(draft),
      ];
      const [said, text] = await resolved(() => link.run(APPEND, [id, ledger, routes], args));
      if (said === "lost")
        throw new FigError("store_unavailable", "Redis holds another state than it did", {
          remedy:
            "Bring its data back, or restart the front doors so that they begin from what is there now.",
        });
      const entry = JSON.parse(text) as LedgerEntry;
      if (said !== "ok") return { ok: false, conflict: entry };
      link.heard({ revision: entry.revision, token });
      return { ok: true, entry };
    },

    async read(after: number, limit = Number.POSITIVE_INFINITY): Promise<readonly LedgerEntry[]> {
      const entries: LedgerEntry[] = [];
      for (;;) {
        const most = Math.min(PAGE_ENTRIES, limit - entries.length);
        if (most <= 0) return entries;
        const found = await page(entries.at(-1)?.revision ?? after, most);
        for (const entry of found) entries.push(entry);
        if (found.length < most) return entries;
      }
    },

    async noteDefinitions(
      routes: readonly { readonly route: string; readonly hash: string }[],
    ): Promise<ReadonlyMap<string, DefinitionEpoch>> {
      if (routes.length === 0) return new Map();
      const args = [String(now()), ...routes.flatMap(({ route, hash }) => [route, hash])];
      // Noting twice changes nothing.
      const noted = await resolved(() => link.run(NOTE_DEFINITIONS, [keys.definitions], args));
      return new Map(
        routes.map(({ route }, index) => {
          const { epoch, since } = definitionOf(noted[index] ?? "");
          return [route, { epoch, since }];
        }),
      );
    },

    async readDefinitions() {
      const stored = await known(link.send(["HGETALL", keys.definitions]));
      return new Map(
        [...(stored as ReadonlyMap<string, string>)].map(([route, text]) => [route, definitionOf(text)]),
      );
    },
  };
  return { page, store };
}
