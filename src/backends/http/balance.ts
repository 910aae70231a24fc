import { murmur2Latin1 } from "../../domain/split.ts";
import { stickyKey } from "../../domain/sticky.ts";
import type { Balance, HashSource } from "../../domain/upstream.ts";
import type { BackendRequest } from "../contract.ts";

/** A member as a balance sees it. */
interface Balanced {
  /** Tells it from the others. */
  readonly hash: number;
  /** Requests under way. */
  readonly requests: number;
  current: number;
  share(now: number): number;
}

/** What a choice depends on beside the members. */
interface BalanceTools {
  /** Coarse, ms. */
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** All shares are the same, always. */
  readonly even: boolean;
}

/** Chooses among `members` one that is not in `tried`; undefined: there is none. */
export type Choose<Member extends Balanced> = (
  members: readonly Member[],
  tried: ReadonlySet<Member> | undefined,
  request: BackendRequest,
) => Member | undefined;

export function balanceOf<Member extends Balanced>(balance: Balance, tools: BalanceTools): Choose<Member> {
  if (balance === "leastRequests") return leastRequests(tools);
  const inTurn: Choose<Member> = tools.even ? roundRobin() : weightedRoundRobin(tools);
  return balance === "roundRobin" ? inTurn : consistentHash(balance.hash, inTurn, tools);
}

function roundRobin<Member extends Balanced>(): Choose<Member> {
  let next = 0;
  return (members, tried) => {
    for (let i = 0; i < members.length; i++) {
      const member = members[next % members.length] as Member;
      next = (next + 1) % members.length;
      if (!tried?.has(member)) return member;
    }
    return undefined;
  };
}

/** nginx's smooth weighted round robin: shares are kept over any few requests, and no member gets a run of them. */
function weightedRoundRobin<Member extends Balanced>({ now }: BalanceTools): Choose<Member> {
  return (members, tried) => {
    let best: Member | undefined;
    let total = 0;
    for (let i = 0; i < members.length; i++) {
      const member = members[i] as Member;
      if (tried?.has(member)) continue;
      const share = member.share(now());
      total += share;
      member.current += share;
      if (best === undefined || member.current > best.current) best = member;
    }
    if (best !== undefined) best.current -= total;
    return best;
  };
}

/** The power of two choices (Mitzenmacher 2001): of two drawn by their shares the one with fewer requests for its share. */
function leastRequests<Member extends Balanced>({ now, random }: BalanceTools): Choose<Member> {
  const draw = (members: readonly Member[], tried: ReadonlySet<Member> | undefined, not?: Member) => {
    const skipped = (member: Member) => member === not || tried?.has(member) === true;
    let total = 0;
    for (const member of members) if (!skipped(member)) total += member.share(now());
    let left = random() * total;
    let last: Member | undefined;
    for (const member of members) {
      if (skipped(member)) continue;
      last = member;
      left -= member.share(now());
      if (left < 0) break;
    }
    return last;
  };
  return (members, tried) => {
    const one = draw(members, tried);
    const other = one === undefined ? undefined : draw(members, tried, one);
    if (one === undefined || other === undefined) return one;
    return other.requests / other.share(now()) < one.requests / one.share(now()) ? other : one;
  };
}

/** Murmur3's finalizer: every bit of the input changes about half of the output's. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by Schindelhauer and Schomaker 2005): a member that comes or
 * goes moves its own share of the keys and no other, with no table to build. A request without a key goes to whoever is next.
 */
function consistentHash<Member extends Balanced>(
  sources: readonly HashSource[],
  without: Choose<Member>,
  { now }: BalanceTools,
): Choose<Member> {
  const hasAddress = sources.some(({ kind }) => kind === "ip");
  return (members, tried, request) => {
    const address = hasAddress ? (request.served?.clientAddress() ?? "") : "";
    const found = stickyKey(sources, request.headers, { address, cookie: undefined });
    if (found === undefined) return without(members, tried, request);
    const key = murmur2Latin1(found.key);
    let best: Member | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < members.length; i++) {
      const member = members[i] as Member;
      if (tried?.has(member)) continue;
      const drawn = (mixed(key ^ mixed(member.hash)) + 0.5) / 0x1_0000_0000;
      const score = -member.share(now()) / Math.log(drawn);
      if (score <= highest) continue;
      highest = score;
      best = member;
    }
    return best;
  };
}
