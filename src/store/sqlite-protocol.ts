/**
 * What the sqlite store and its worker thread say to each other. Ledger entries, counts and mismatch rows travel as
 * the JSON text that is stored, so that neither side pays for a structured clone.
 */
import type { WindowKey } from "../domain/tally.ts";

/** The newest entry: its revision (0: none) and its JSON text. */
export interface LedgerHead {
  readonly revision: number;
  readonly entry: string;
}

export interface WorkerSettings {
  readonly path: string;
  /** The id the store gets if it is made now; also the id it must have if `known` is given. */
  readonly stateId: string;
  /** After a restart: what the store was, so that another file is not mistaken for it. */
  readonly known: LedgerHead | undefined;
  /** False: a file that is missing is not made. */
  readonly create: boolean;
}

export interface AppendCall {
  /** JSON text of a LedgerDraft. */
  readonly draft: string;
  readonly at: string;
  readonly guardRevision: number;
  readonly guardRoutes: readonly string[];
  /** Tells this append from every other. */
  readonly token: string;
  /** Sent again after the worker died: an entry after this revision with this token is the one asked for. */
  readonly doubtfulSince: number | undefined;
}

export interface StoredCounts {
  readonly window: WindowKey;
  readonly unsafeModern: number;
  readonly counts: string;
  readonly mismatches: string;
}

/** A rollup whose counts are packed (packed-counts). */
export interface StoredRollup {
  readonly route: string;
  readonly at: number;
  readonly counts: string;
}

/** A FigError as it travels between threads. */
export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
}

export type WorkerMessage =
  | { readonly type: "ready"; readonly stateId: string; readonly head: LedgerHead }
  /** The store could not be opened; the worker ends. */
  | { readonly type: "failed"; readonly error: StoredError }
  | { readonly type: "given"; readonly id: number; readonly gives: unknown }
  | { readonly type: "refused"; readonly id: number; readonly error: StoredError }
  | { readonly type: "head"; readonly head: LedgerHead }
  /** `error` undefined: reachable again. */
  | { readonly type: "health"; readonly error: StoredError | undefined };
