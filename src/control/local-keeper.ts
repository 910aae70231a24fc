import { type LocalRollback, unknownIn } from "../domain/local-rollback.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { listText } from "../domain/wording.ts";
import type { Store } from "../store/contract.ts";

/** Entries read at once where one is looked for. */
const PAGE = 500;

/** What a front door holds lower than the ledger, from its own disk. */
export interface LocalKeeper {
  readonly held: LocalRollback | undefined;
  readonly problem: string | undefined;
  onChange(listener: () => void): void;
  /** The ledger says it now. */
  settled(id: string): Promise<void>;
}

/** Whether the ledger has an emergency position, whatever came after it. Each entry is read once for it, however often it is asked. */
export class WrittenLook {
  private id = "";
  private upTo = 0;
  private found = false;

  async has(store: Store, id: string): Promise<boolean> {
    if (id !== this.id) {
      this.forget();
      this.id = id;
    }
    while (!this.found) {
      const page = await store.read(this.upTo, PAGE);
      const last = page.at(-1);
      if (last === undefined) break;
      this.found = page.some(({ evidence }) => (evidence.local as { id?: unknown } | undefined)?.id === id);
      this.upTo = last.revision;
    }
    return this.found;
  }

  /** Of a store that may have become another. */
  forget(): void {
    this.upTo = 0;
    this.found = false;
  }
}

export function heldText(held: LocalRollback, files: readonly RouteDefinition[]): string {
  const { routes, by, reason } = held;
  const limits = listText(Object.entries(routes).map(([id, modern]) => `${id} at modern ${modern}`));
  const unknown = unknownIn(held, files);
  const slip = unknown.length === 0 ? "" : `; ${listText(unknown)}: no route here has this id`;
  return `this front door alone holds ${limits}, by ${by} (${reason}): it is written to the ledger once the store takes it${slip}`;
}
