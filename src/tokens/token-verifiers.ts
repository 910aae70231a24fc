import type { Clock } from "../domain/clock.ts";
import type { KeySource, TokenRule } from "../domain/policies/jwt.ts";
import type { Tokens, TokenVerifier } from "./contract.ts";
import { type FetchResult, KeySet } from "./key-set.ts";
import { VerifiedTokens } from "./verified-tokens.ts";
import { Verifier } from "./verifier.ts";

/** What /metrics says of tokens. */
interface TokenFigures {
  readonly tokenCacheBytes: number;
  /** By `hit`, `miss`, `evicted`. */
  readonly tokenCache: Readonly<Record<string, number>>;
  /** By `issuer result` with a tab between them. */
  readonly keyFetches: Readonly<Record<string, number>>;
  /** By issuer, 1 where its keys could not be read again. */
  readonly keysStale: Readonly<Record<string, number>>;
}

/** A thing that several use: it ends when the last lets go. */
interface Shared<Value> {
  readonly value: Value;
  users: number;
}

class SharedBy<Value> {
  private readonly all = new Map<string, Shared<Value>>();

  take(name: string, make: () => Value): Value {
    const known = this.all.get(name) ?? { value: make(), users: 0 };
    known.users++;
    this.all.set(name, known);
    return known.value;
  }

  /** What nobody uses any more. */
  letGo(name: string): Value | undefined {
    const known = this.all.get(name);
    if (known === undefined || --known.users > 0) return undefined;
    this.all.delete(name);
    return known.value;
  }

  values(): readonly Value[] {
    return [...this.all.values()].map(({ value }) => value);
  }
}

/** Verifies tokens for every route of a process: one set of keys for each issuer, one memory of verified tokens for all. */
export class TokenVerifiers implements Tokens {
  private readonly clock: Clock;
  private readonly folder: string;
  private readonly sets = new SharedBy<KeySet>();
  private readonly numbers = new SharedBy<number>();
  private readonly verified = new VerifiedTokens();
  private readonly fetches: Record<string, number> = {};
  private next = 0;

  /** `folder`: what relative paths are relative to. */
  constructor(clock: Clock, folder: string) {
    this.clock = clock;
    this.folder = folder;
  }

  verifier(rules: readonly TokenRule[]): TokenVerifier {
    const { clock, verified } = this;
    const name = JSON.stringify(rules);
    const sources = rules.map(({ keys }) => keys);
    const held = rules.map((rule) => ({ rule, keys: this.keysOf(rule.keys) }));
    const number = this.numbers.take(name, () => this.next++);
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      this.numbers.letGo(name);
      for (const source of sources) this.letGo(source);
    };
    return new Verifier(held, { clock, verified, number, close });
  }

  /** What is wrong with keys, in one sentence each. */
  problems(): readonly string[] {
    const now = this.clock.now();
    return this.sets.values().flatMap((keys) => problemsOf(keys, now));
  }

  figures(): TokenFigures {
    const { hits: hit, misses: miss, evicted, bytes } = this.verified;
    const stale = this.sets.values().map(({ source, failure }) => [source.at, failure === undefined ? 0 : 1]);
    return {
      tokenCacheBytes: bytes,
      tokenCache: hit + miss === 0 ? {} : { hit, miss, evicted },
      keyFetches: { ...this.fetches },
      keysStale: Object.fromEntries(stale),
    };
  }

  private letGo(source: KeySource): void {
    this.sets.letGo(nameOf(source))?.close();
    // Files come and go; what was counted of an issuer goes with the last of them that names it.
    if (this.sets.values().some((keys) => keys.source.at === source.at)) return;
    for (const name of Object.keys(this.fetches))
      if (name.startsWith(`${source.at}\t`)) delete this.fetches[name];
  }

  private keysOf(source: KeySource): KeySet {
    const { clock, folder } = this;
    const count = (at: string, result: FetchResult) => {
      const name = `${at}\t${result}`;
      this.fetches[name] = (this.fetches[name] ?? 0) + 1;
    };
    return this.sets.take(nameOf(source), () => new KeySet(source, { clock, folder, count }));
  }
}

function nameOf({ kind, at }: KeySource): string {
  return `${kind} ${at}`;
}

function problemsOf({ source, failure, unused, freshUntilMs }: KeySet, nowMs: number): readonly string[] {
  const problems: string[] = [];
  const whose = source.kind === "discovery" ? `the keys of ${source.at}` : `the keys at ${source.at}`;
  if (failure !== undefined)
    problems.push(
      freshUntilMs === Number.NEGATIVE_INFINITY
        ? `${whose} are not here, and requests with its tokens get 503: ${failure}`
        : nowMs < freshUntilMs
          ? `${whose} could not be read again: ${failure}`
          : `${whose} could not be read again and are out of date; they count no longer than staleFor: ${failure}`,
    );
  if (unused !== undefined) problems.push(`of ${whose} some are not used: ${unused}`);
  return problems;
}
