import { FigError } from "../domain/errors.ts";
import type { LedgerDraft, LedgerEntry } from "../domain/ledger.ts";
import type { AppendGuard, AppendResult, DefinitionEpoch } from "./contract.ts";
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

/** `epoch since hash`, or without the hash. */
export function epochOf(text: string): DefinitionEpoch {
  const [epoch, since] = text.split(" ", 2);
  return { epoch: Number(epoch), since: Number(since) };
}

/** The ledger and the definitions. */
export class RedisLedger {
  private readonly link: RedisLink;
  private readonly keys: RedisKeys;
  private readonly hex: (bytes: number) => string;

  constructor(link: RedisLink, keys: RedisKeys, hex: (bytes: number) => string) {
    this.link = link;
    this.keys = keys;
    this.hex = hex;
  }

  /** Asks again where the answer was lost: the script finds what it wrote before by its token. */
  async append(draft: LedgerDraft, guard: AppendGuard, at: string): Promise<AppendResult> {
    const { id, ledger, routes } = this.keys;
    const token = this.hex(8);
    const guarded = guard.routes.map(String);
    const changed = [...new Set(draft.changes.map(({ route }) => route))];
    const args = [
      this.link.stateId,
      JSON.stringify(draft),
      at,
      String(guard.revision),
      token,
      String(this.link.revision),
      this.keys.channel(this.link.stateId),
      String(guarded.length),
      ...guarded,
      ...changed,
    ];
    const [said, text] = await this.resolved(() => this.link.run(APPEND, [id, ledger, routes], args));
    if (said === "lost")
      throw new FigError("store_unavailable", "Redis holds another state than it did", {
        remedy: "Bring its data back, or restart the front doors so that they begin from the present data.",
      });
    const entry = JSON.parse(text) as LedgerEntry;
    if (said !== "ok") return { ok: false, conflict: entry };
    this.link.heard({ revision: entry.revision, token });
    return { ok: true, entry };
  }

  /** The next entries, oldest first; empty: there is nothing newer. */
  async page(after: number, most = PAGE_ENTRIES): Promise<readonly LedgerEntry[]> {
    const from = `(${Math.max(0, after)}-0`;
    const found = await known(this.link.send(["XRANGE", this.keys.ledger, from, "+", "COUNT", String(most)]));
    return (found as readonly StreamEntry[]).map(entryOf);
  }

  async read(after: number, limit = Number.POSITIVE_INFINITY): Promise<readonly LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    for (;;) {
      const most = Math.min(PAGE_ENTRIES, limit - entries.length);
      if (most <= 0) return entries;
      const page = await this.page(entries.at(-1)?.revision ?? after, most);
      for (const entry of page) entries.push(entry);
      if (page.length < most) return entries;
    }
  }

  async noteDefinitions(
    now: number,
    routes: readonly { readonly route: string; readonly hash: string }[],
  ): Promise<ReadonlyMap<string, DefinitionEpoch>> {
    if (routes.length === 0) return new Map();
    const args = [String(now), ...routes.flatMap(({ route, hash }) => [route, hash])];
    const run = () => this.link.run(NOTE_DEFINITIONS, [this.keys.definitions], args);
    // Noting twice changes nothing.
    const noted = (await this.resolved(run)) as unknown as readonly string[];
    return new Map(routes.map(({ route }, index) => [route, epochOf(noted[index] ?? "")]));
  }

  async readDefinitions(): Promise<ReadonlyMap<string, DefinitionEpoch & { readonly hash: string }>> {
    const stored = (await known(this.link.send(["HGETALL", this.keys.definitions]))) as ReadonlyMap<
      string,
      string
    >;
    return new Map(
      [...stored].map(([route, text]) => [
        route,
        { hash: text.split(" ").slice(2).join(" "), ...epochOf(text) },
      ]),
    );
  }

  private async resolved(ask: () => Promise<unknown>): Promise<readonly [string, string]> {
    const signal = AbortSignal.timeout(RESOLVE_MS);
    for (;;) {
      try {
        return (await ask()) as readonly [string, string];
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        if (await this.link.back(signal)) continue;
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
}
