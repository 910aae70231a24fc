import { createHash } from "node:crypto";
import type { Session } from "./contract.ts";

/** A tab that still has the cookie of before gets what another one's request was given. */
const KEPT_MS = 60_000;
/** A provider that could not tell is asked again after it. */
const AGAIN_MS = 10_000;
const MAX_REFRESHES = 5_000;

type Refreshed = Session | "ended" | "unknown";

interface Flight {
  readonly result: Promise<Refreshed>;
  until: number;
}

/** One question to the provider for all requests of a session: most give a refresh token's successor once. */
export class Refreshes {
  private readonly flights = new Map<string, Flight>();
  private readonly now: () => number;
  private readonly onForgotten: () => void;

  constructor(now: () => number, onForgotten: () => void) {
    this.now = now;
    this.onForgotten = onForgotten;
  }

  of(session: Session, ask: () => Promise<Refreshed>): Promise<Refreshed> {
    const key = createHash("sha256").update(`${session.id}\n${session.refreshToken}`).digest("base64url");
    const known = this.flights.get(key);
    if (known !== undefined && known.until > this.now()) return known.result;
    const flight: Flight = { result: ask(), until: Number.POSITIVE_INFINITY };
    this.flights.delete(key);
    this.flights.set(key, flight);
    this.forget();
    const settle = (ms: number) => {
      flight.until = this.now() + ms;
    };
    flight.result.then(
      (refreshed) => settle(refreshed === "unknown" ? AGAIN_MS : KEPT_MS),
      () => settle(0),
    );
    return flight.result;
  }

  private forget(): void {
    for (const [key, { until }] of this.flights) {
      const over = this.flights.size > MAX_REFRESHES;
      if (!over && until > this.now()) return;
      this.flights.delete(key);
      if (over && until > this.now()) this.onForgotten();
    }
  }
}
