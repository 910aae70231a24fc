import { clientCookie, makePrivate } from "../domain/client-cookie.ts";
import { askedScheme } from "../routing/asked.ts";
import type { Decision } from "../routing/decide.ts";
import type { ExchangeContext } from "./contract.ts";
import { givePin } from "./pin.ts";

/** The front door's own cookies, for an answer of a side's (or of its own: `own`) to this request. */
export function giveCookies(
  decision: Decision,
  { own, fellBack }: { readonly own: boolean; readonly fellBack: boolean },
  headers: string[],
  context: ExchangeContext,
): void {
  giveCookie(decision, headers, context);
  if (decision.pinMs !== undefined && !own) givePin(decision, fellBack, headers, context);
}

/** Puts the client's cookie on an answer if one was drawn, unless the answer is one for everybody. */
function giveCookie(
  decision: Decision,
  headers: string[],
  context: Pick<ExchangeContext, "clientCookie">,
): void {
  const { freshClient, freshKey, live } = decision;
  if (freshClient === undefined) return;
  const caching = makePrivate(headers, freshKey);
  context.clientCookie(caching, live?.id ?? "");
  if (caching === "left_out") return;
  const secure = askedScheme(decision) === "https";
  headers.push("set-cookie", clientCookie(freshClient, secure));
}
