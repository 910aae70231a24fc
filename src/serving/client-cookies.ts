import type { CookieCaching } from "../domain/client-cookie.ts";
import type { ServingProblem } from "./contract.ts";

/** Answers that were to set the front door's own cookie, and the first route whose answers lost a shared cache by it. */
export class ClientCookies {
  readonly counts: Partial<Record<CookieCaching, number>> = {};
  private madePrivate: string | undefined;

  add(caching: CookieCaching, route: string): void {
    this.counts[caching] = (this.counts[caching] ?? 0) + 1;
    if (caching === "made_private") this.madePrivate ??= route;
  }

  problems(): readonly ServingProblem[] {
    const { madePrivate: route } = this;
    if (route === undefined) return [];
    const message = `${route}: answers that shared caches could store are made private where they set fig_client (sticky: client)`;
    return [{ kind: "made_private", message }];
  }
}
