import type { Backend } from "../backends/contract.ts";
import type { TrustedNetworks } from "../domain/client-address.ts";
import type { Clock } from "../domain/clock.ts";
import type { AccessLog } from "../observe/contract.ts";
import type { TableRef } from "../routing/contract.ts";
import type { RefusalCode } from "./refusals.ts";
import type { Shadower } from "./shadower.ts";

/** What one reload of the files brings to the exchange; a request keeps the one it began with. */
export interface ExchangeSettings {
  readonly backends: ReadonlyMap<string, Backend>;
  readonly trusted: TrustedNetworks;
  /** A path read in two ways: refused, or to the default upstream untouched. */
  readonly ambiguousPaths: "reject" | "default";
  readonly debugHeaders: boolean;
  /** 0 is no limit. */
  readonly maxUrlBytes: number;
  readonly maxBodyBytes: number;
}

/** What every exchange of a front door shares. */
export interface ExchangeContext {
  settings: ExchangeSettings;
  readonly table: TableRef;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
  readonly shadower: Shadower;
  /** The front door is going: every answer closes its connection. */
  draining: boolean;
  /** Requests under way. */
  active: number;
  /** Counts an error of the front door's own. */
  refused(code: RefusalCode): void;
}
