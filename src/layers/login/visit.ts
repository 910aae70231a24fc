import { indexOfHeader, onlyHeader } from "../../domain/headers.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { Visit } from "../../logins/contract.ts";
import { askedHost, askedScheme } from "../../routing/asked.ts";
import type { Decided } from "../../routing/decide.ts";

export function visitOf(decision: Decided, headers: RawHeaders): Visit {
  return { host: askedHost(decision).toLowerCase(), secure: askedScheme(decision) === "https", headers };
}

/** Somebody looks at it in a window, and can be sent elsewhere. */
export function isPage({ head }: Decided): boolean {
  return (head.method === "GET" || head.method === "HEAD") && isShown(head.headers);
}

/** A browser says it; of what says nothing, whether it would show HTML. */
export function isShown(headers: RawHeaders): boolean {
  if (indexOfHeader(headers, "sec-fetch-mode") >= 0)
    return onlyHeader(headers, "sec-fetch-mode") === "navigate";
  return /\btext\/html\b/i.test(onlyHeader(headers, "accept") ?? "");
}

export function pathAndQuery(path: string): readonly [path: string, query: string] {
  const mark = path.indexOf("?");
  return mark < 0 ? [path, ""] : [path.slice(0, mark), path.slice(mark + 1)];
}
