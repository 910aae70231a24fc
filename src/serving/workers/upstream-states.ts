import type { MemberCondition, MemberState, UpstreamState } from "../../domain/upstream-state.ts";

/** Of workers that see a member in different conditions, the first of these is said: what is wrong anywhere is seen. */
const CONDITIONS: readonly MemberCondition[] = ["down", "ejected", "trial", "standby", "up"];

/** Upstreams as several workers have them, as one that serves would say it. */
export function mergedUpstreams(states: Iterable<UpstreamState>): readonly UpstreamState[] {
  const merged = new Map<string, UpstreamState>();
  for (const state of states) {
    const before = merged.get(state.name);
    merged.set(state.name, before === undefined ? state : both(before, state));
  }
  return [...merged.values()];
}

/** What an ended worker's upstreams leave: what they counted. */
export function countedUpstreams(states: readonly UpstreamState[]): readonly UpstreamState[] {
  return states.map((state) => ({
    ...state,
    members: [],
    failOpen: false,
    unresolved: [],
    waiting: 0,
    certificate: undefined,
  }));
}

function both(one: UpstreamState, other: UpstreamState): UpstreamState {
  const unresolved = [...one.unresolved, ...other.unresolved];
  return {
    name: one.name,
    members: mergedMembers([...one.members, ...other.members]),
    failOpen: one.failOpen || other.failOpen,
    unresolved: [...new Map(unresolved.map((each) => [each.name, each])).values()],
    waiting: one.waiting + other.waiting,
    tries: added(one.tries, other.tries),
    retries: one.retries + other.retries,
    ejections: one.ejections + other.ejections,
    checksPassed: one.checksPassed + other.checksPassed,
    checksFailed: one.checksFailed + other.checksFailed,
    limited: added(one.limited, other.limited),
    certificate: earlier(one.certificate, other.certificate),
  };
}

/** Workers read the files each for itself: for some seconds one may have the old certificate. */
function earlier(one: UpstreamState["certificate"], other: UpstreamState["certificate"]) {
  if (one === undefined || other === undefined) return one ?? other;
  return Date.parse(other.endsAt) < Date.parse(one.endsAt) ? other : one;
}

function mergedMembers(members: readonly MemberState[]): readonly MemberState[] {
  const merged = new Map<string, MemberState>();
  for (const member of members) {
    const key = `${member.url} ${member.address}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? member : bothMembers(before, member));
  }
  return [...merged.values()];
}

function bothMembers(one: MemberState, other: MemberState): MemberState {
  const worse = (condition: MemberCondition) => condition === one.condition || condition === other.condition;
  return {
    ...one,
    condition: CONDITIONS.find(worse) ?? one.condition,
    requests: one.requests + other.requests,
    idle: one.idle + other.idle,
    ejections: one.ejections + other.ejections,
  };
}

function added<Name extends string>(
  one: Readonly<Record<Name, number>>,
  other: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const sums: Record<Name, number> = { ...one };
  for (const name of Object.keys(other) as Name[]) sums[name] = (sums[name] ?? 0) + other[name];
  return sums;
}
