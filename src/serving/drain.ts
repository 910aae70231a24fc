import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../domain/clock.ts";
import type { Drain } from "../domain/config.ts";
import { PATIENCE_MS } from "../lanes/stop-listening.ts";
import type { ExchangeContext } from "../proxy/contract.ts";
import type { Doors } from "./doors.ts";
import type { Shadowing } from "./shadowing.ts";
import type { UpstreamSet } from "./upstreams.ts";

/** Clients get so long to send one more request on an idle connection and be told that it closes. */
const IDLE_GRACE_MS = 1000;
const LOOK_MS = 20;
/** The exchanges of closed connections end a turn or two later; they are waited for no longer than this. */
const LAST_ENDS_MS = 1000;

/**
 * Lets clients finish (docs/contract.md, Drain): after the delay no new connection is taken, and every answer closes its own; idle
 * ones end after a grace; then shadows and comparisons under way come to an outcome. Past the deadline what
 * is left is broken off; resolves with the number of requests that were, once each of them is counted and logged.
 */
export async function drain(options: {
  readonly config: Drain;
  readonly context: ExchangeContext;
  readonly doors: Doors;
  readonly shadowing: Shadowing;
  /** Of WebSocket APIs. */
  readonly sockets: { readonly pending: number; drain(): void };
  readonly clock: Clock;
  readonly upstreams: Pick<UpstreamSet, "drain">;
}): Promise<number> {
  const { config, context, doors, shadowing, sockets, clock, upstreams } = options;
  if (config.delayMs > 0) await sleep(config.delayMs);
  const start = clock.micros() / 1000;
  // Before clients are told to connect anew: fewer come while the door shuts.
  await doors.stopAccepting(doors.reusePort, clock, Math.min(PATIENCE_MS, config.deadlineMs / 2));
  context.draining = true;
  context.settings.chains.drain();
  upstreams.drain();
  sockets.drain();
  const underWay = () => doors.connections > 0 || context.clients.active > 0 || sockets.pending > 0;
  const elapsed = () => clock.micros() / 1000 - start;
  while (underWay() && elapsed() < config.deadlineMs) {
    if (context.clients.active === 0 && elapsed() > IDLE_GRACE_MS) doors.closeIdle();
    await sleep(LOOK_MS);
  }
  const brokenOff = context.clients.active;
  doors.close();
  // A socket tells that it is closed only later. The log must not be closed before.
  const closedAt = elapsed();
  while (context.clients.active > 0 && elapsed() - closedAt < LAST_ENDS_MS) await sleep(LOOK_MS);
  shadowing.shadower.shedWaiting();
  while (shadowing.shadower.pending > 0 && elapsed() < config.deadlineMs) await sleep(LOOK_MS);
  shadowing.shadower.close();
  return brokenOff;
}
