/** What a front door takes and gives, as programs see it. */
import type { Environment } from "../config/index.ts";

export interface FrontDoorOptions {
  /** Where `${NAME}` in the files is looked up. Default: the process's environment. */
  readonly env?: Environment;
  /** No log and no access log. */
  readonly quiet?: boolean;
}

export interface Listening {
  /** The first of `urls`. */
  readonly url: string;
  readonly urls: readonly string[];
  readonly adminUrl: string;
  readonly stateId: string;
  readonly revision: number;
}

export interface Closed {
  /** Requests, tunnels and streams under way that `drain.deadline` cut off. */
  readonly brokenOff: number;
}

/** What a shift through the library takes; see ShiftRequest. `by` defaults to "library". */
export interface ShiftOptions {
  readonly modern?: number;
  readonly shadow?: number;
  readonly reason: string;
  readonly by?: string;
  readonly expectedRevision?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly fresh?: boolean;
}

export interface RollbackOptions {
  readonly to?: number;
  readonly reason: string;
  readonly by?: string;
  readonly expectedRevision?: number;
}
