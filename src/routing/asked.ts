import type { Decision } from "./decide.ts";

type Asked = Pick<Decision, "head" | "host" | "scanned">;

/** The value that the hop nearest to the client wrote: hops add theirs behind a comma. */
function first(list: string): string {
  const comma = list.indexOf(",");
  return (comma < 0 ? list : list.slice(0, comma)).trim();
}

/** The scheme that the client asked with, lower-case, as far as its senders are believed. */
export function askedScheme({ head, scanned }: Omit<Asked, "host">): string {
  const { forwardedProto } = scanned;
  if (forwardedProto !== undefined) return first(forwardedProto).toLowerCase();
  return head.encrypted ? "https" : "http";
}

/** The authority that the client asked for, as far as its senders are believed: some balancers write a Host of their own. */
export function askedHost({ host, scanned }: Omit<Asked, "head">): string {
  return scanned.forwardedHost === undefined ? host : first(scanned.forwardedHost);
}

/** What the client asked for, as far as it is known: references in answers are resolved against it. */
export function askedUrl(decision: Asked & Pick<Decision, "path">): string | undefined {
  const host = askedHost(decision);
  return host === "" ? undefined : `${askedScheme(decision)}://${host}${decision.path}`;
}
