import { dirname } from "node:path";
import { BodyThread } from "../bodies/body-thread.ts";
import { ByteBudget } from "../domain/byte-budget.ts";
import type { Clock } from "../domain/clock.ts";
import { CacheStore } from "../domain/http-cache/cache-store.ts";
import type { ServingConfig } from "../domain/serving-config.ts";
import type { LayerTools } from "../layers/contract.ts";
import type { ProcessLogins } from "../logins/process-logins.ts";
import type { Log } from "../observe/contract.ts";
import type { FleetLimits } from "../store/contract.ts";
import { IdentitySigner } from "../tokens/identity-signer.ts";
import { TokenVerifiers } from "../tokens/token-verifiers.ts";
import { ApiKeyRing } from "./api-key-ring.ts";
import { authorizerGauges, ServingAuthorizers } from "./authorizers.ts";
import { cacheGauges, VoidPaths } from "./cache-gauges.ts";
import type { ServingEvents, ServingProblem } from "./contract.ts";
import { askedElsewhere, Limits, type ServingLimits } from "./limits/limits.ts";
import { loginGauges, servingLogins } from "./logins.ts";
import { PolicyVerdicts } from "./policy-verdicts.ts";
import { TracingInForce } from "./tracing.ts";

const HERE = import.meta.url;
const BODY_WORKER = new URL(HERE.endsWith(".ts") ? "../bodies/body-worker.ts" : "./body-worker.js", HERE);

/** What the process gives policies. */
interface PolicyHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Left out: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Counts limits over a fleet. */
  readonly fleetLimits?: FleetLimits | undefined;
  /** It serves as one of several: limits are counted elsewhere. */
  readonly worker?: unknown;
}

/** Nothing before the first token. */
function identityCounts({ counts }: IdentitySigner): Readonly<Record<string, number>> {
  return counts.signed === 0 ? {} : { ...counts };
}

/** What policies keep while files come and go: keys, tokens, answers, limits, threads, and what they counted. */
export class ServingPolicies {
  readonly verdicts = new PolicyVerdicts();
  readonly cache: CacheStore;
  readonly apiKeys: ApiKeyRing;
  readonly limits: ServingLimits;
  private readonly clock: Clock;
  private readonly bodyWork: BodyThread;
  /** Of the state of answers that are being compressed. */
  private readonly compressing: ByteBudget;
  private readonly tokens: TokenVerifiers;
  private readonly identity: IdentitySigner;
  private readonly authorizers: ServingAuthorizers;
  readonly logins: ProcessLogins;
  private readonly tracing: TracingInForce;

  constructor(config: ServingConfig, events: ServingEvents, host: PolicyHost) {
    const { clock, log } = host;
    const { limitMemoryBytes, compressMemoryBytes, cacheMemoryBytes } = config.limits;
    this.clock = clock;
    this.limits =
      host.worker === undefined
        ? new Limits(limitMemoryBytes, clock, host.fleetLimits)
        : askedElsewhere((asks) => events.onLimitAsks?.(asks));
    this.bodyWork = new BodyThread({ url: BODY_WORKER, clock });
    this.tracing = new TracingInForce(clock);
    this.compressing = new ByteBudget(compressMemoryBytes);
    this.cache = new CacheStore(cacheMemoryBytes, new VoidPaths((paths) => events.onInvalidated(paths)));
    this.tokens = new TokenVerifiers(clock, config.file === undefined ? "" : dirname(config.file));
    this.identity = new IdentitySigner(clock.now);
    const apiKeys = new ApiKeyRing(clock);
    this.apiKeys = apiKeys;
    this.authorizers = new ServingAuthorizers({
      ...{ clock, log, apiKeys },
      environment: host.env ?? process.env,
    });
    this.logins = servingLogins({
      ...{ clock, log, ask: this.authorizers.ask, file: config.file },
      ended: (ended) => events.onSessionsEnded?.([ended]),
    });
  }

  /** How functions are asked, behind sides and by authorizers, and all else of AWS's. */
  get asking() {
    const { invoke, aws } = this.authorizers;
    return { invoke, aws };
  }

  /** What layers of these files are made with. */
  tools(config: ServingConfig) {
    const {
      apiKeys,
      authorizers,
      bodyWork,
      cache,
      clock,
      compressing,
      limits,
      logins,
      tokens,
      tracing,
      verdicts,
    } = this;
    return {
      ...{ apiKeys, authorizers, bodyWork, cache, clock, compressing, logins, tokens, verdicts },
      limits: limits.desk,
      tracing: tracing.of(config),
      identityTokens: config.identity && this.identity,
    } satisfies Partial<LayerTools>;
  }

  /** These files are in force. */
  use({ identity }: ServingConfig): void {
    this.identity.use(identity);
  }

  gauges() {
    const { authorizers, bodyWork, cache, compressing, limits, tokens, tracing, verdicts } = this;
    return {
      ...cacheGauges(cache),
      compressBytesHeld: compressing.held,
      compressionsRefused: compressing.refused,
      policyVerdicts: verdicts.counts(),
      ...tokens.figures(),
      identityTokens: identityCounts(this.identity),
      ...authorizerGauges(authorizers),
      ...loginGauges(this.logins),
      ...limits.gauges(),
      bodyWorkFailed: { ...bodyWork.failed } as Record<string, number>,
      spans: tracing.counts(),
      spanBytesHeld: tracing.held,
    };
  }

  problems(): readonly ServingProblem[] {
    return [
      ...this.tracing.problems(),
      ...this.tokens.problems().map((message) => ({ kind: "keys" as const, message })),
      ...this.limits.problems(),
    ];
  }

  async close(): Promise<void> {
    this.authorizers.close();
    await Promise.all([this.bodyWork.close(), this.limits.close(), this.tracing.close()]);
  }
}
