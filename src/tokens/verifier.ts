import { hash } from "node:crypto";
import type { Clock } from "../domain/clock.ts";
import type { Digests } from "../domain/message.ts";
import type { TokenAlgorithm, TokenRule } from "../domain/policies/jwt.ts";
import { claimFault, endOf, lackOf } from "./claims.ts";
import type { TokenVerdict, TokenVerifier } from "./contract.ts";
import type { PublicKey } from "./jwks.ts";
import { type Jws, parseJws } from "./jws.ts";
import type { KeySet } from "./key-set.ts";
import { isSignedBy } from "./signature.ts";
import type { VerifiedTokens } from "./verified-tokens.ts";

/** A rule with its issuer's keys. */
interface HeldRule {
  readonly rule: TokenRule;
  readonly keys: KeySet;
}

interface VerifierTools {
  readonly clock: Clock;
  readonly verified: VerifiedTokens;
  /** One of its kind among the rules of this process. */
  readonly number: number;
  readonly close: () => void;
}

/** A token that could be one of this rule, but for its signature. */
interface Claimed extends HeldRule {
  readonly jws: Jws;
}

export class Verifier implements TokenVerifier {
  private readonly rules: readonly HeldRule[];
  private readonly tools: VerifierTools;

  constructor(rules: readonly HeldRule[], tools: VerifierTools) {
    this.rules = rules;
    this.tools = tools;
  }

  verify(token: string, digests?: Digests): TokenVerdict | Promise<TokenVerdict> {
    const { clock, verified, number } = this.tools;
    const place = verified.place(number, digests?.of(token) ?? hash("sha256", token, "hex"));
    const known = verified.at(place, clock.now());
    if (known !== undefined) return known;
    const claimed = this.claimed(token);
    if ("kind" in claimed) return claimed;
    const verdict = this.judged(claimed, place);
    if (verdict !== undefined) return verdict;
    const { keys } = claimed;
    // The key is not here: asked for once for all that wait, and not for each that makes one up.
    return (
      keys.ask()?.then(() => this.judged(claimed, place) ?? this.without(claimed)) ?? this.without(claimed)
    );
  }

  look(token: string): TokenVerdict {
    const claimed = this.claimed(token);
    if ("kind" in claimed) return claimed;
    return this.judged(claimed, undefined) ?? this.without(claimed);
  }

  close(): void {
    this.tools.close();
  }

  /** What can be told without a key. Where several rules have its issuer, the first that has nothing against the token. */
  private claimed(token: string): Claimed | TokenVerdict {
    const jws = parseJws(token);
    if (typeof jws === "string") return { kind: "invalid", fault: jws };
    const now = this.tools.clock.now();
    const own = this.rules.filter(({ rule }) => rule.issuer === jws.claims.iss);
    const sound = own.find(({ rule }) => claimFault(jws, rule, now) === undefined);
    if (sound !== undefined) return { ...sound, jws };
    const [first = this.rules[0] as HeldRule] = own;
    return { kind: "invalid", fault: claimFault(jws, first.rule, now) ?? "issuer" };
  }

  /** Undefined: no key is here that it could be held against. `place`: where what is found out is kept. */
  private judged({ jws, rule, keys }: Claimed, place: string | undefined): TokenVerdict | undefined {
    const now = this.tools.clock.now();
    if (now >= keys.freshUntilMs + rule.staleForMs) return undefined;
    const algorithm = jws.algorithm as TokenAlgorithm;
    const candidates = keys.candidates(jws.keyId, algorithm);
    if (candidates.length === 0) return undefined;
    const key = candidates.find((one) => isSignedBy(one.key, algorithm, jws.signed, jws.signature));
    if (key === undefined) return { kind: "invalid", fault: "signature" };
    const verdict = verdictOf(jws, rule);
    if (place !== undefined) this.keep(place, verdict, { jws, rule, keys }, key);
    return verdict;
  }

  private keep(place: string, verdict: TokenVerdict, { jws, rule, keys }: Claimed, key: PublicKey): void {
    const { staleForMs } = rule;
    const endsMs = endOf(jws.claims);
    // Within the clock's skew after its end it passes, and is verified each time.
    if (this.tools.clock.now() >= endsMs) return;
    this.tools.verified.keep(place, { verdict, key, keys, staleForMs, endsMs }, jws.signed.length);
  }

  /** What is to be said where its key is not here. */
  private without({ rule, keys }: Claimed): TokenVerdict {
    const isHere = this.tools.clock.now() < keys.freshUntilMs + rule.staleForMs;
    if (isHere && keys.failure === undefined) return { kind: "invalid", fault: "key_unknown" };
    return { kind: "unavailable", seconds: keys.seconds };
  }
}

function verdictOf({ claims }: Jws, rule: TokenRule): TokenVerdict {
  const lack = lackOf(claims, rule);
  if (lack !== undefined) return Object.freeze({ kind: "forbidden", lack, scopes: rule.scopes });
  const subject = typeof claims.sub === "string" && claims.sub !== "" ? claims.sub : undefined;
  return Object.freeze({
    kind: "passed",
    identity: Object.freeze({ subject, claims: Object.freeze(claims), forwards: rule.forwards }),
  });
}
