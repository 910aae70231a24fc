import type { BackendListener } from "../backends/contract.ts";
import { headerLines, onlyHeader } from "../domain/headers.ts";
import type { RawHeaders } from "../domain/message.ts";
import { type CorsPolicy, originTest } from "../domain/policies/cors.ts";
import { REFUSALS } from "../domain/refusals.ts";
import { CONNECT_KEY } from "../domain/websocket-api.ts";
import { askedHost } from "../routing/asked.ts";
import type { Decision } from "../routing/decide.ts";
import type { Announced } from "../routing/preflight.ts";
import { answer, refuse } from "./answer.ts";
import { addVary, keepNamed, withoutNamed } from "./answer-fields.ts";
import { doorPolicy } from "./policy.ts";
import { Relay } from "./relay.ts";

const NOTHING = new Uint8Array(0);
const PREFLIGHT_STATUS = 204;

/** The fields of the protocol (Fetch Standard, CORS protocol): a side's own go, so that one place says who may read. */
const FIELDS: ReadonlySet<string> = new Set([
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-allow-methods",
  "access-control-allow-headers",
  "access-control-allow-private-network",
  "access-control-expose-headers",
  "access-control-max-age",
]);
const SET_HERE: ReadonlySet<string> = new Set([...FIELDS, "vary"]);

const PREFLIGHT_VARY = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];
const PRIVATE_NETWORK = "Access-Control-Request-Private-Network";

/**
 * Says who may read a route's answers, its errors too, and answers preflights itself. No browser asks before it opens a WebSocket, and
 * it sends its cookies along: a page that may not read is not let in at all.
 */
export const cors = doorPolicy("cors", (policy, { message }) => {
  const rules = new Rules(policy);
  const keepsOut = (decision: Decision) => message?.key === CONNECT_KEY && rules.isForeign(decision);
  return {
    wrap: (open) => (request, listener) => {
      const { served, decision } = request;
      const origin = onlyHeader(decision.head.headers, "origin");
      const allowed = rules.allows(origin);
      if (decision.announced !== undefined) {
        served.verdict("cors", allowed ? "preflight" : "preflight_refused");
        served.answersByPolicy();
        const fields = rules.preflight(origin, decision, decision.announced);
        return answer(request, listener, PREFLIGHT_STATUS, "", fields, NOTHING);
      }
      if (keepsOut(decision)) {
        served.verdict("cors", "refused");
        return refuse(request, listener, "origin_denied");
      }
      served.verdict("cors", origin === undefined ? "no_origin" : allowed ? "allowed" : "refused");
      return new Sharing(listener, rules, origin).through(open, request);
    },
    decorate: (decision, headers) => rules.add(onlyHeader(decision.head.headers, "origin"), headers),
    explain: ({ decision }) => {
      const origin = onlyHeader(decision.head.headers, "origin");
      const allowed = rules.allows(origin);
      if (decision.announced !== undefined)
        return {
          policy: "cors",
          verdict: allowed ? "preflight" : "preflight_refused",
          detail: `the policy answers preflights; pages of that origin ${allowed ? "may" : "may not"} ask`,
          status: PREFLIGHT_STATUS,
        };
      if (keepsOut(decision))
        return {
          ...{ policy: "cors", verdict: "refused", detail: "pages of that origin may open no WebSocket" },
          status: REFUSALS.origin_denied.status,
        };
      if (origin === undefined)
        return { policy: "cors", verdict: "no_origin", detail: "the request names no origin" };
      return {
        policy: "cors",
        verdict: allowed ? "allowed" : "refused",
        detail: `pages of that origin ${allowed ? "may" : "may not"} read the answer; it is asked for all the same`,
      };
    },
  };
});

/** One route's, compiled. */
class Rules {
  private readonly policy: CorsPolicy;
  private readonly isAllowed: (origin: string) => boolean;
  /** Every origin gets the same answer. */
  private readonly any: boolean;
  /** On every answer that pages may read, behind Access-Control-Allow-Origin. */
  private readonly shared: RawHeaders;

  constructor(policy: CorsPolicy) {
    this.policy = policy;
    this.isAllowed = originTest(policy.allowOrigins);
    this.any = policy.allowOrigins.includes("*");
    this.shared = [
      ...(policy.allowCredentials ? ["access-control-allow-credentials", "true"] : []),
      ...(policy.exposeHeaders.length > 0
        ? ["access-control-expose-headers", policy.exposeHeaders.join(", ")]
        : []),
    ];
  }

  allows(origin: string | undefined): boolean {
    return this.any || (origin !== undefined && this.isAllowed(origin));
  }

  /** A page of neither these origins nor the host that was asked. Who names no origin is no browser. */
  isForeign(decision: Decision): boolean {
    const origins = headerLines(decision.head.headers, "origin");
    const [origin = ""] = origins;
    if (origins.length === 0 || this.any) return false;
    return origins.length > 1 || !(this.isAllowed(origin) || isOfHost(origin, askedHost(decision)));
  }

  /** Onto an answer's fields. What depends on the origin says so, whoever asked: a cache may have it for another. */
  add(origin: string | undefined, headers: string[]): void {
    if (this.allows(origin))
      headers.push("access-control-allow-origin", this.any ? "*" : (origin as string), ...this.shared);
    if (!this.any) addVary(headers, ["Origin"]);
  }

  /** An origin that may not ask gets no field but Vary: browsers say that one is missing. */
  preflight(origin: string | undefined, { head }: Decision, announced: Announced): RawHeaders {
    const { policy } = this;
    const fields: string[] = [];
    if (this.allows(origin)) {
      fields.push("access-control-allow-origin", this.any ? "*" : (origin as string));
      if (policy.allowCredentials) fields.push("access-control-allow-credentials", "true");
      const methods = policy.allowMethods.includes("*") ? [announced.method] : policy.allowMethods;
      fields.push("access-control-allow-methods", methods.join(", "));
      const headers = policy.allowHeaders.includes("*") ? announced.headers : policy.allowHeaders;
      if (headers.length > 0) fields.push("access-control-allow-headers", headers.join(", "));
      if (policy.maxAgeSeconds !== undefined)
        fields.push("access-control-max-age", String(policy.maxAgeSeconds));
      if (policy.allowPrivateNetwork && onlyHeader(head.headers, PRIVATE_NETWORK.toLowerCase()) === "true")
        fields.push("access-control-allow-private-network", "true");
    }
    const private_ = policy.allowPrivateNetwork ? [PRIVATE_NETWORK] : [];
    return [...fields, "vary", [...PREFLIGHT_VARY, ...private_].join(", ")];
  }
}

class Sharing extends Relay {
  private readonly rules: Rules;
  private readonly origin: string | undefined;

  constructor(listener: BackendListener, rules: Rules, origin: string | undefined) {
    super(listener);
    this.rules = rules;
    this.origin = origin;
  }

  override onHead(status: number, reason: string, headers: RawHeaders, framing: number): void {
    const changed = withoutNamed(headers, FIELDS);
    keepNamed(changed, SET_HERE);
    this.rules.add(this.origin, changed);
    this.listener.onHead(status, reason, changed, framing);
  }
}

/** The scheme is the origin's: what stands before the front door may speak another one to it. */
function isOfHost(origin: string, host: string): boolean {
  const [, scheme = ""] = /^(https?):\/\//.exec(origin) ?? [];
  const own = URL.parse(`${scheme}://${host}`)?.host;
  return scheme !== "" && own !== undefined && own !== "" && `${scheme}://${own}` === origin;
}
