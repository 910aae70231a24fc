import { clientCookie, makePrivate } from "../domain/client-cookie.ts";
import { askedScheme } from "../routing/asked.ts";
import type { Decision } from "../routing/decide.ts";
import type { ExchangeContext } from "./contract.ts";

/** Puts the client's cookie on an answer if one was drawn, unless the answer is one for everybody. */
export function giveCookie(
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
