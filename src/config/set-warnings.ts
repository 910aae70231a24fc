import { isLoopback } from "../domain/host.ts";
import type { JwtRule } from "../domain/policies/jwt.ts";
import type { Policies } from "../domain/policies.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { formatPlace } from "./format-problems.ts";

/** Each route is named while there are no more; an import may bring a thousand. */
const NAMED = 3;

/** Routes that move nothing, whatever their position is. */
function sameSides(routes: readonly RouteDefinition[]): readonly string[] {
  const same = routes.filter(
    ({ legacy, modern }) =>
      legacy !== undefined && legacy.upstream === modern.upstream && legacy.path === modern.path,
  );
  const at = ({ source }: RouteDefinition) => formatPlace(source);
  if (same.length <= NAMED)
    return same.map((each) => `${at(each)}: route ${each.id}: legacy and modern are the same`);
  const named = same.slice(0, NAMED).map(({ id }) => id);
  const first = same[0] as RouteDefinition;
  return [
    `${at(first)}: routes ${named.join(", ")} and ${same.length - NAMED} more: legacy and modern are the same`,
  ];
}

/** Where a rule's keys are fetched over a network without TLS; undefined: they are not. */
function plainSource({ issuer, jwks }: JwtRule): string | undefined {
  const url = URL.parse(jwks ?? issuer ?? "");
  return url?.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""))
    ? url.host
    : undefined;
}

function plainKeys(all: readonly (Policies | undefined)[]): readonly string[] {
  const hosts = new Set(all.flatMap((policies) => policies?.jwt ?? []).map(plainSource));
  return [...hosts]
    .filter((host) => host !== undefined)
    .map(
      (host) =>
        `policies.jwt: keys come from ${host} over http://: whoever is on the way can put in keys of their own, and sign any token — write https://`,
    );
}

/** Of all routes together, and of the policies that all have: what many of them have is said once. */
export function setWarnings(
  routes: readonly RouteDefinition[],
  everywhere: Policies | undefined,
): readonly string[] {
  return [...sameSides(routes), ...plainKeys([everywhere, ...routes.map(({ policies }) => policies)])];
}
