import type { CookieCaching } from "../domain/client-cookie.ts";
import type { ServingProblem } from "./contract.ts";

/** What the front door's own cookies are set for. */
type Purpose = "sticky: client" | "pinAfterWrite";

/** Answers that were to set the front door's own cookies, and the first route whose answers lost a shared cache by one. */
export class ClientCookies {
  /** Of fig_client. */
  readonly counts: Partial<Record<CookieCaching, number>> = {};
  private readonly madePrivate = new Map<Purpose, string>();

  add(caching: CookieCaching, route: string): void {
    this.counts[caching] = (this.counts[caching] ?? 0) + 1;
    this.noteCaching(caching, route, "sticky: client");
  }

  noteCaching(caching: CookieCaching, route: string, purpose: Purpose): void {
    if (caching === "made_private" && !this.madePrivate.has(purpose)) this.madePrivate.set(purpose, route);
  }

  problems(): readonly ServingProblem[] {
    return [...this.madePrivate].map(([purpose, route]) => {
      const cookie = purpose === "pinAfterWrite" ? "fig_pin" : "fig_client";
      const message = `${route}: answers that shared caches could store are made private where they set ${cookie} (${purpose})`;
      return { kind: "made_private", message };
    });
  }
}
