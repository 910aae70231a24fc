import type { ByteBudget } from "../domain/byte-budget.ts";
import type { CookieCaching } from "../domain/client-cookie.ts";
import type { Clock } from "../domain/clock.ts";
import type { DroppedField } from "../domain/forwarding-fields.ts";
import type { Pin, Pins } from "../domain/pins.ts";
import type { PolicyName } from "../domain/policies.ts";
import type { RefusalCode } from "../domain/refusals.ts";
import type { Chains } from "../layers/contract.ts";
import type { AccessLog } from "../observe/contract.ts";
import type { TableRef } from "../routing/contract.ts";
import type { DecisionSettings } from "../routing/decide.ts";
import type { Clients } from "./clients.ts";
import type { HalfClosedClients } from "./half-closed.ts";

/** What one reload of the files brings to the exchange; a request keeps the one it began with. */
export interface ExchangeSettings extends DecisionSettings {
  readonly chains: Chains;
  readonly debugHeaders: boolean;
  /** How long a client that sent a FIN waits for something of its answer, ms; 0: it is gone at once. */
  readonly halfClosedMs: number;
  /** Of a tunnel of which one end has ended: how long nothing may pass. */
  readonly halfClosedTunnelMs: number;
}

/** Pins of clients that may keep no cookies. */
export interface RememberedPins extends Pins {
  remember(keyHash: number, pin: Pin): void;
}

/** What every exchange of a front door shares. */
export interface ExchangeContext {
  settings: ExchangeSettings;
  readonly table: TableRef;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
  readonly halfClosed: HalfClosedClients;
  /** The front door is going: every answer closes its connection. */
  draining: boolean;
  readonly clients: Clients;
  /** Counts an error of the front door's own. */
  refused(code: RefusalCode): void;
  /** Counts fields of a request that were not believed. `peer`: the address that sent them. */
  dropped(fields: readonly DroppedField[], peer: string): void;
  /** Counts the front door's own cookie on an answer of this route's. */
  clientCookie(caching: CookieCaching, route: string): void;
  /** Hears that an answer of this route's pins its client, and what became of it for caches. */
  pinCookie(caching: CookieCaching, route: string): void;
  /** What is known of clients' writes. */
  readonly pins: RememberedPins;
  /** Of bodies that are kept until their request is decided. */
  readonly bodies: ByteBudget;
  /** Counts what policies said. */
  readonly verdicts: { add(route: string, policy: PolicyName, verdict: string): void };
  /** A layer threw. */
  layerFailed(error: unknown): void;
}
