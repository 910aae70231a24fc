import type { Member } from "./member.ts";
import type { Members } from "./members.ts";

const out = (member: Member) => member.failing || !member.healthy;

function why(members: readonly Member[]): string {
  return members.every(({ healthy }) => !healthy)
    ? "does not pass its health checks and gets no requests"
    : "keeps failing and is left out for a while";
}

/** A sentence for each URL of which no address answers. */
export function problemsOf(upstream: string, { origins }: Members): readonly string[] {
  return origins
    .filter(({ members }) => members.length > 0 && members.every(out))
    .map(({ url, members }) => `upstream ${upstream}: ${url} ${why(members)}`);
}

/** What else is wrong: addresses of a URL of which others answer, names, certificate files. */
export function warningsOf(upstream: string, { origins, secure }: Members): readonly string[] {
  const said: string[] = [];
  for (const { url, members, name } of origins) {
    const failing = members.filter(out);
    if (failing.length > 0 && failing.length < members.length) {
      const addresses = failing.map(({ address }) => address).join(", ");
      said.push(`${addresses} of ${url} ${why(failing)}`);
    }
    if (name?.error !== undefined) {
      const kept = name.addresses.length > 0 ? ", and keeps its last addresses" : "";
      said.push(`${name.name} does not resolve (${name.error})${kept}`);
    }
    if (name !== undefined && name.leftOut > 0)
      said.push(`${name.name} has ${name.leftOut} addresses more than are used`);
  }
  if (secure?.problem !== undefined)
    said.push(`the files of tls cannot be used, and those that were read last are: ${secure.problem}`);
  return said.map((text) => `upstream ${upstream}: ${text}`);
}
