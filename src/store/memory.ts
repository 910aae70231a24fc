import { closedError } from "./closed-error.ts";
import type { StoreKind } from "./contract.ts";
import { storeErrorOf } from "./sqlite-errors.ts";
import { MEMORY } from "./sqlite-files.ts";
import type { LinkEvents, SqliteLink } from "./sqlite-link.ts";
import { type Calls, openSession } from "./sqlite-session.ts";
import { sqliteStoreOn } from "./sqlite-store.ts";

/** A session in this thread: nothing here waits for a disk. */
function connect(
  newId: string,
  { head }: LinkEvents,
): { readonly stateId: string; readonly link: SqliteLink } {
  const session = openSession({ path: MEMORY, stateId: newId, known: undefined, create: true });
  let closed = false;
  const link: SqliteLink = {
    revision: () => session.head.revision,
    refuseClosed() {
      if (closed) throw closedError();
    },
    async call<Name extends keyof Calls>(name: Name, takes: Parameters<Calls[Name]>[0]) {
      link.refuseClosed();
      try {
        const ask = session.calls[name] as (takes: Parameters<Calls[Name]>[0]) => ReturnType<Calls[Name]>;
        return ask(takes);
      } catch (error) {
        throw storeErrorOf(error, MEMORY);
      } finally {
        if (name === "append") {
          session.poll(true);
          head(session.head.revision);
        }
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      session.close();
    },
  };
  return { stateId: session.stateId, link };
}

/** `memory:`: a store of this process alone, gone when it is closed. */
export const memoryStore: StoreKind = {
  name: "memory",
  scheme: "memory:",
  open: (_url, options) => sqliteStoreOn(async (events) => connect(options.hex(16), events), options),
};
