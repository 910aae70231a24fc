import { createHash } from "node:crypto";
import { headerLines, spelledLines, withoutBlanks } from "../../domain/headers.ts";
import type { Identity } from "../../domain/identity.ts";
import type { IdentitySource } from "../../domain/policies/authorizer.ts";
import { latin1OfUtf8 } from "../../routing/bytes.ts";
import type { Decided } from "../../routing/decide.ts";
import { pathAndQuery, queryPairs } from "../../routing/event-values.ts";

/** Whom a request says that it is from, as far as an authorizer is asked by it. */
export interface Asking {
  readonly decision: Decided;
  readonly identity: Identity | undefined;
}

/** Every cookie of a name: a server may read any of them. */
function cookies(lines: readonly string[], name: string): readonly string[] {
  return lines
    .flatMap((line) => line.split(";"))
    .map(withoutBlanks)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function sourceValue({ kind, name }: IdentitySource, { decision, identity }: Asking): string | undefined {
  const { headers } = decision.head;
  if (kind === "header") {
    // Sent twice, nobody knows which one a side reads.
    const lines = spelledLines(headers, name);
    return lines.length === 1 ? lines[0] : undefined;
  }
  if (kind === "cookie") return cookies(headerLines(headers, "cookie"), name).join("; ");
  if (kind === "query") {
    const wanted = latin1OfUtf8(name);
    const [, query] = pathAndQuery(decision);
    return queryPairs(query)
      .filter(([each]) => each === wanted)
      .map(([, value]) => value)
      .join(",");
  }
  const claims = identity?.claims;
  const claim = claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (claim === undefined || claim === null) return undefined;
  return typeof claim === "string" ? claim : JSON.stringify(claim);
}

/** The sources' values in their order; undefined: one is missing or empty. */
export function identityValues(
  sources: readonly IdentitySource[],
  asking: Asking,
): readonly string[] | undefined {
  const values: string[] = [];
  for (const source of sources) {
    const value = sourceValue(source, asking);
    if (value === undefined || value === "") return undefined;
    values.push(value);
  }
  return values;
}

/** A key without the credentials that it is of. `base`: whose authorizer it is. */
export function verdictKey(base: string, parts: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([base, ...parts]))
    .digest("base64");
}
