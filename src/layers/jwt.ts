import type { BackendCall, BackendListener } from "../backends/contract.ts";
import type { Identity } from "../domain/identity.ts";
import { jwtRules, type TokenPlace, tokenRule } from "../domain/policies/jwt.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import { REFUSALS, type RefusalCode } from "../domain/refusals.ts";
import { SEVERAL_TOKENS, sentToken, withoutTokens } from "../domain/sent-token.ts";
import type { TokenVerdict } from "../tokens/contract.ts";
import { refuse } from "./answer.ts";
import type { ExplainedRequest, Open, ServedRequest } from "./contract.ts";
import { hold } from "./hold.ts";
import { doorPolicy } from "./policy.ts";

/** Longer than discovery and keys may take together. */
const HOLD_MS = 5_000;

/** What is said of a request, in one word and as an answer. */
interface Said {
  readonly verdict: string;
  /** In one sentence, for explain. */
  readonly detail: string;
  /** Undefined: it passes. */
  readonly code?: RefusalCode;
  readonly fields?: readonly string[];
  /** Undefined: it is nobody's. */
  readonly identity?: Identity;
}

const DETAILS: Readonly<Record<string, string>> = {
  malformed: "the token is no signed JWT with the claims that one must have",
  too_long: "the token is longer than any that is looked at",
  several: "there is more than one token",
  algorithm: "the token's algorithm is none of `algorithms`",
  type: "the token's `typ` says that it is for something else",
  issuer: "the token is of another issuer",
  audience: "the token is for another audience",
  token_use: "the token is of the other use: an ID token where an access token is asked for, or the reverse",
  expired: "the token has expired",
  not_yet: "the token is of the future",
  key_unknown: "none of the issuer's keys that are known here can have signed the token",
  signature: "the token's signature is wrong",
  scope: "the token has none of `scopes`",
  claim: "a claim of the token has none of the values in `claims`",
};

const CHALLENGE = 'Bearer realm="fig"';

function quoted(scopes: readonly string[]): string {
  return scopes.length === 0 ? "" : `, scope="${scopes.join(" ")}"`;
}

/** A refusal by its challenge (RFC 6750 §3). */
function refused(verdict: string, code: RefusalCode, challenge: string): Said {
  const detail = DETAILS[verdict] ?? verdict;
  return { verdict, detail, code, fields: ["www-authenticate", challenge] };
}

function invalid(fault: string): Said {
  const { message } = REFUSALS.token_invalid;
  const challenge = `${CHALLENGE}, error="invalid_token", error_description="${message}"`;
  return refused(fault, "token_invalid", challenge);
}

const ANONYMOUS: Said = { verdict: "anonymous", detail: "there is no token, and none is required" };

/** Lets requests with a token pass that one of the rules' issuers signed for them. */
export const jwt = doorPolicy("jwt", (policy, _route, { tokens, deadlines }) => {
  const written = jwtRules(policy);
  const rules = written.map(tokenRule);
  const places = distinct(rules.flatMap(({ from }) => from));
  const dropped = distinct(written.flatMap(({ forward, from }) => (forward.token === "drop" ? from : [])));
  const verifier = tokens.verifier(rules);
  const required = written.some((rule) => rule.required);
  const scopes = [...new Set(rules.flatMap((rule) => rule.scopes))];
  const missing: Said = {
    ...refused("missing", "token_missing", `${CHALLENGE}${quoted(scopes)}`),
    detail: `there is no token in ${places.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`,
  };
  const said = new Map<string, Said>();
  const faults = (fault: string): Said => {
    const known = said.get(fault) ?? invalid(fault);
    said.set(fault, known);
    return known;
  };

  const saidOf = (verdict: TokenVerdict): Said => {
    switch (verdict.kind) {
      case "passed":
        return { verdict: "passed", detail: "the token is valid", identity: verdict.identity };
      case "invalid":
        return faults(verdict.fault);
      case "forbidden": {
        const challenge = `${CHALLENGE}, error="insufficient_scope"${quoted(verdict.scopes)}`;
        return refused(verdict.lack, "token_forbidden", challenge);
      }
      case "unavailable":
        return {
          verdict: "unavailable",
          detail: "the issuer's keys are not here",
          code: "keys_unavailable",
          fields: ["retry-after", String(verdict.seconds)],
        };
    }
  };

  /** What can be said before a token is looked at, or the token. */
  const tokenOf = ({ decision, headers }: Pick<ServedRequest, "decision" | "headers">): Said | string => {
    const token = sentToken({ headers, path: decision.path }, places);
    if (token === SEVERAL_TOKENS) return faults("several");
    return token ?? (required ? missing : ANONYMOUS);
  };

  const go = (
    open: Open<ServedRequest>,
    request: ServedRequest,
    listener: BackendListener,
    { verdict, code, fields, identity }: Said,
  ): BackendCall => {
    const { served } = request;
    served.verdict("jwt", verdict);
    if (code !== undefined) return refuse(request, listener, code, fields);
    if (identity === undefined) return open(request, listener);
    served.identity = served.identity === undefined ? identity : { ...served.identity, ...identity };
    if (dropped.length === 0) return open(request, listener);
    return open({ ...request, headers: withoutTokens(request.headers, dropped) }, listener);
  };

  return {
    wrap: (open) => (request, listener) => {
      const token = tokenOf(request);
      if (typeof token !== "string") return go(open, request, listener, token);
      const verdict = verifier.verify(token, request.decision.head.digests);
      if (!(verdict instanceof Promise)) return go(open, request, listener, saidOf(verdict));
      return hold(request, listener, {
        deadlines,
        name: "jwt",
        timeoutMs: HOLD_MS,
        work: () => verdict,
        go: (found, held) => go(open, request, held, saidOf(found)),
      });
    },
    explain: (asked: ExplainedRequest): PolicyVerdict => {
      const { decision } = asked;
      const token = tokenOf({ decision, headers: decision.scanned.forward });
      const { verdict, detail, code, identity } =
        typeof token === "string" ? saidOf(verifier.look(token)) : token;
      if (identity !== undefined) asked.identity = { ...asked.identity, ...identity };
      const answer = code === undefined ? {} : { status: REFUSALS[code].status };
      return { policy: "jwt", verdict, detail, ...answer };
    },
    close: () => verifier.close(),
  };
});

function distinct(places: readonly TokenPlace[]): readonly TokenPlace[] {
  return [...new Map(places.map((place) => [`${place.kind} ${place.name}`, place])).values()];
}
