import { indexOfHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { Side } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  return (equals < 0 ? "" : pair.slice(0, equals)).trim();
}

/** The names of the cookies that a request carries (RFC 6265 §4.2.1). */
function sentNames(request: RawHeaders): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at = indexOfHeader(request, "cookie"); at >= 0; at = indexOfHeader(request, "cookie", at + 2)) {
    for (const pair of (request[at + 1] as string).split(";")) names.add(nameOf(pair));
  }
  names.delete("");
  return names;
}

/** The first cookie that an answer sets and the request carried: a copy wrote what belongs to the client. */
export function rewrittenCookie(request: RawHeaders, answer: RawHeaders): string | undefined {
  let at = indexOfHeader(answer, "set-cookie");
  if (at < 0) return undefined;
  const sent = sentNames(request);
  for (; at >= 0; at = indexOfHeader(answer, "set-cookie", at + 2)) {
    const name = nameOf((answer[at + 1] as string).split(";", 1)[0] as string);
    if (sent.has(name)) return name;
  }
  return undefined;
}

/** Whether a route's copies carry the client's cookies, and nobody said that they may. */
export function carriesCookies(route: RouteDefinition, side: Side): boolean {
  if (route.shadow.headers !== undefined) return false;
  return [route.headers?.request, route[side]?.headers?.request].every(
    (edit) => edit === undefined || !(edit.remove.includes("cookie") || Object.hasOwn(edit.set, "cookie")),
  );
}
