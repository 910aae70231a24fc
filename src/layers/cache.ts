import type { BackendCall, BackendListener } from "../backends/contract.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import type { CacheStore } from "../domain/http-cache/cache-store.ts";
import type { CachedAnswer } from "../domain/http-cache/cached-answer.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { refuse } from "./answer.ts";
import { type Asked, askedOf } from "./cache/asked.ts";
import { CacheContext } from "./cache/context.ts";
import { type Directives, secondsOf } from "./cache/directives.ts";
import { Fetch } from "./cache/fetch.ts";
import { Follower, mayHave } from "./cache/follower.ts";
import { give } from "./cache/give.ts";
import { Invalidating, Passing } from "./cache/passing.ts";
import type { ExplainedRequest, Served, ServedRequest, SideLayer, SideRequest } from "./contract.ts";
import { fieldsSetAnew } from "./headers.ts";

/** A request waits so long for another's answer; then it asks by itself. */
const FOLLOW_MS = 5_000;
/** Stale answers that are asked for anew at once, of one process. */
const MAX_REFRESHES = 64;

/** Keeps the side's answers and gives them again (RFC 9111). A shadow has nothing to do with it. */
export const cache: SideLayer = {
  name: "cache",
  create(route, side, shadow, tools) {
    const settings = route.policies?.cache;
    if (settings === undefined || shadow) return undefined;
    const { cache: store, clock, deadlines } = tools;
    // Where the definition or an upstream changes, the side may answer otherwise.
    const identity = canonicalJson([route.servingHash ?? route.hash, settings]);
    const space = store.enter(route.id, side, identity);
    // A side that varies by such a field is asked with its value, not with what the client sent.
    const setAnew = fieldsSetAnew(route, side, tools.trusted);
    const parts = { settings, store, space, clock, deadlines, setAnew };
    return {
      wrap(open) {
        const context = new CacheContext({ ...parts, open });
        return (request, listener) => lookUp(context, request, listener, undefined);
      },
      explain: (asked) => (asked.decision.side === side ? explained(parts, asked) : undefined),
      close: () => store.leave(space),
    };
  },
};

function lookUp(
  context: CacheContext,
  request: SideRequest,
  listener: BackendListener,
  follower: Follower | undefined,
): BackendCall {
  const { settings, store, space } = context;
  const served = request.served as Served;
  const { method, headers, framing, upgrade, decision } = request;
  const asked = askedOf(
    {
      method,
      headers,
      framing,
      upgrade,
      decision,
      known: served.identity !== undefined || isShown(decision),
      setBelow: setBelow(context, request),
    },
    settings.key,
    space.prefix,
  );
  if (asked === undefined) return passBy(context, request, listener);
  const now = context.now();
  const found = store.find(asked.key, asked.fieldOf);
  const stored = found !== undefined && found.parts.openTo >= asked.credentials ? found : undefined;
  const { directives } = asked;
  const heeded = directives.size > 0 && !settings.ignoreClientCacheControl;
  const forced = heeded && stored !== undefined && !suffices(directives, stored, now);
  if (stored !== undefined && !forced) {
    if (now < stored.freshUntil) return hit(context, asked, stored, served, listener, now);
    if (heeded && acceptsStale(directives, stored, now))
      return stale(context, asked, stored, served, listener, now, "hit; detail=max-stale");
    const { whileRevalidateUntil, ifErrorUntil } = stored.parts;
    if (now < stored.askAfter && now < ifErrorUntil)
      return stale(context, asked, stored, served, listener, now, "hit; detail=stale-if-error");
    if (now < whileRevalidateUntil) {
      const call = stale(context, asked, stored, served, listener, now, "hit; detail=stale-while-revalidate");
      refresh(context, request, asked, stored);
      return call;
    }
  }
  if (directives.has("only-if-cached")) {
    served.verdict("cache", "refused");
    return refuse(request as ServedRequest, listener, "not_cached");
  }
  // A HEAD says nothing of a body, and of a part the whole would have to be fetched.
  if (asked.head || (asked.range !== undefined && stored === undefined))
    return pass(context, request, listener, stored === undefined ? missOf(store, asked, found) : "stale");
  const flight = context.flightOf(asked);
  const under = forced || follower?.onItsOwn === true ? undefined : context.flights.get(flight);
  if (under !== undefined) {
    const waiting =
      follower ??
      new Follower(
        context,
        { request, asked, listener, again: (...of) => lookUp(context, ...of) },
        FOLLOW_MS,
      );
    return waiting.follow(under);
  }
  const shared =
    !forced && follower?.onItsOwn !== true && !directives.has("no-store") && !context.isPassed(flight);
  const forward = forced ? "request" : stored !== undefined ? "stale" : missOf(store, asked, found);
  return new Fetch(context, { request, asked, listener, stale: stored, flight, shared, forward }).begin();
}

/** RFC 9211 §2.2: nothing of this URI; nothing that these fields choose; or what they choose is not for all. */
function missOf(
  store: CacheStore,
  { key }: Asked,
  found: CachedAnswer | undefined,
): "uri-miss" | "vary-miss" | "miss" {
  if (found !== undefined) return "miss";
  return store.varyOf(key) === undefined ? "uri-miss" : "vary-miss";
}

function setBelow(
  { setAnew }: Pick<CacheContext, "setAnew">,
  request: Pick<SideRequest, "decision" | "requestId">,
): ((name: string) => string | undefined) | undefined {
  return setAnew === undefined ? undefined : (name) => setAnew.get(name)?.(request);
}

function hit(
  context: CacheContext,
  asked: Asked,
  answer: CachedAnswer,
  served: Served,
  listener: BackendListener,
  now: number,
): BackendCall {
  context.store.touch(answer);
  context.space.counts.hit++;
  served.verdict("cache", "hit");
  served.answersByPolicy(true);
  return give(answer, asked, listener, now, undefined);
}

function stale(
  context: CacheContext,
  asked: Asked,
  answer: CachedAnswer,
  served: Served,
  listener: BackendListener,
  now: number,
  said: string,
): BackendCall {
  context.store.touch(answer);
  context.space.counts.stale++;
  served.verdict("cache", "stale");
  served.answersByPolicy(true);
  return give(answer, asked, listener, now, said);
}

/** Asks for a stale answer anew, and nobody waits for it (RFC 5861 §3). */
function refresh(context: CacheContext, request: SideRequest, asked: Asked, answer: CachedAnswer): void {
  const flight = context.flightOf(asked);
  if (context.flights.has(flight) || context.now() < answer.askAfter) return;
  if (context.store.refreshing >= MAX_REFRESHES) {
    context.space.counts.refreshesRefused++;
    return;
  }
  const of = { request, asked, listener: undefined, stale: answer, flight, shared: true, forward: "stale" };
  new Fetch(context, of).begin();
}

/** Not for the cache. What changes something makes what is stored of it void (RFC 9111 §4.4). */
function passBy(context: CacheContext, request: SideRequest, listener: BackendListener): BackendCall {
  const { method } = request;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE")
    return pass(context, request, listener, "bypass");
  context.space.counts.bypass++;
  request.served?.verdict("cache", "bypass");
  return new Invalidating(listener, request.decision, context).through(context.open, request);
}

function pass(
  context: CacheContext,
  request: SideRequest,
  listener: BackendListener,
  forward: string,
): BackendCall {
  context.space.counts.bypass++;
  request.served?.verdict("cache", "bypass");
  return new Passing(listener, forward).through(context.open, request);
}

/** The client showed a TLS certificate, of which the side is told. */
function isShown({ head: { certificate } }: SideRequest["decision"]): boolean {
  return certificate !== undefined && certificate[1] !== "NONE";
}

/** Whether a stored answer is one that the client would take without asking (RFC 9111 §5.2.1), stale or not. */
function suffices(directives: Directives, { parts, freshUntil }: CachedAnswer, now: number): boolean {
  if (directives.has("no-cache")) return false;
  const maxAge = secondsOf(directives, "max-age");
  if (maxAge !== undefined && now - parts.bornAt > maxAge * 1000) return false;
  const minFresh = secondsOf(directives, "min-fresh");
  return minFresh === undefined || freshUntil - now >= minFresh * 1000;
}

/** The client takes a stale answer, and the side does not forbid it. */
function acceptsStale(directives: Directives, { parts, freshUntil }: CachedAnswer, now: number): boolean {
  if (!parts.staleAllowed || !directives.has("max-stale")) return false;
  if (directives.get("max-stale") === true) return true;
  return now - freshUntil <= (secondsOf(directives, "max-stale") ?? 0) * 1000;
}

function explained(
  parts: Pick<CacheContext, "settings" | "store" | "space" | "clock" | "setAnew">,
  { decision, identity }: ExplainedRequest,
): PolicyVerdict {
  const { settings, store, space, clock } = parts;
  const said = (verdict: string, detail: string): PolicyVerdict => ({ policy: "cache", verdict, detail });
  const { method, framing, upgrade } = decision.head;
  const asked = askedOf(
    {
      method,
      headers: decision.scanned.forward,
      framing,
      upgrade,
      decision,
      known: identity !== undefined || isShown(decision),
      setBelow: setBelow(parts, { decision, requestId: "" }),
    },
    settings.key,
    space.prefix,
  );
  if (asked === undefined) return said("bypass", "the cache takes no part in such a request");
  const answer = store.find(asked.key, asked.fieldOf);
  if (answer === undefined) return said("miss", "no answer to it is stored: the side is asked");
  if (!mayHave(asked, answer))
    return said("miss", "the stored answer is not for requests with credentials: the side is asked");
  const now = clock.micros() / 1000;
  const seconds = Math.round((answer.freshUntil - now) / 1000);
  if (seconds > 0) return said("hit", `a stored answer is fresh for ${seconds} s`);
  if (now < answer.parts.whileRevalidateUntil)
    return said("stale", "a stale answer is given, and asked for anew");
  return said("miss", "the stored answer is stale: the side is asked whether it still holds");
}
