import type { ByteBudget } from "../../domain/byte-budget.ts";
import type { CertificateState } from "../../domain/certificate-state.ts";
import type { HttpUpstream as HttpUpstreamDefinition } from "../../domain/config.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import { grpcTimeoutMs, isGrpc } from "../../domain/grpc.ts";
import { ShareBudget } from "../../domain/share-budget.ts";
import type { Retries } from "../../domain/upstream.ts";
import { TRY_RESULTS, type TryResult, type UpstreamState } from "../../domain/upstream-state.ts";
import type {
  BackendCall,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../contract.ts";
import { type CallHome, HttpCall } from "./call.ts";
import { HealthChecks } from "./health.ts";
import type { Member } from "./member.ts";
import { Members } from "./members.ts";
import { RetriedCall, type RetryHome } from "./retried-call.ts";
import { problemsOf, warningsOf } from "./troubles.ts";
import { Waiters } from "./waiters.ts";

/** Requests that wait for a connection, where the file does not say. */
const QUEUE = 1024;

/** What a gRPC call's own deadline is exceeded by, before it is given up here: client and server are to be first. */
const GRPC_GRACE_MS = 1_000;

/**
 * An upstream over HTTP: the addresses of its URLs, balanced. One that keeps failing is left out for a while (ejection), and
 * so is one that its health checks find down; when all are, they are asked anyway.
 */
class HttpUpstream implements Upstream, CallHome {
  readonly name: string;
  readonly ownHost: boolean;
  readonly waiters: Waiters;
  readonly retries: Retries | undefined;
  readonly bodies: ByteBudget | undefined;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  private readonly health: HealthChecks;
  private readonly budget: ShareBudget;
  private retried = 0;
  private notRetried = 0;
  readonly members: Members;
  private readonly timeoutMs: number;
  private readonly http1: boolean;
  private readonly grpcMs: number;
  readonly tries = Object.fromEntries(TRY_RESULTS.map((result) => [result, 0])) as Record<TryResult, number>;

  constructor(definition: HttpUpstreamDefinition, options: BackendOptions) {
    const { deadlines, connectMs } = options;
    const { queue = QUEUE } = definition.connections;
    this.deadlines = deadlines;
    this.random = options.random ?? (() => 0);
    this.name = definition.name;
    this.timeoutMs = definition.timeoutMs;
    const { protocol = "http1" } = definition;
    this.http1 = protocol === "http1";
    this.grpcMs = definition.ownTimeout === true ? definition.timeoutMs : options.upgradeIdleMs;
    this.ownHost = definition.host === "upstream";
    this.waiters = new Waiters({ deadlines, connectMs, queue });
    this.health = new HealthChecks(definition.health, options);
    this.members = new Members(definition, options, this.waiters, (all) => this.health.retain(all));
    this.bodies = options.bodies;
    this.retries = definition.retries;
    this.budget = new ShareBudget(() => deadlines.now * 1000);
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    const { retries } = this;
    if (retries === undefined)
      return new HttpCall(
        request,
        listener,
        this,
        request.timeoutMs ?? (this.http1 ? this.timeoutMs : this.limitOf(request)),
      );
    this.budget.request();
    return request.retryable && !request.upgrade
      ? new RetriedCall(request, listener, this as RetryHome)
      : this.ask(request, listener);
  }

  problems(): readonly string[] {
    return problemsOf(this.name, this.members);
  }

  warnings(): readonly string[] {
    return warningsOf(this.name, this.members);
  }

  state(): UpstreamState {
    const { members, waiters } = this;
    return {
      name: this.name,
      members: members.all.map((member) => member.view()),
      failOpen: members.failOpen,
      unresolved: members.origins.flatMap(({ name }) =>
        name?.error === undefined ? [] : [{ name: name.name, error: name.error }],
      ),
      waiting: waiters.count,
      tries: { ...this.tries },
      retries: this.retried,
      ejections: members.ejections,
      checksPassed: this.health.counts.passed,
      checksFailed: this.health.counts.failed,
      limited: {
        connections: waiters.late,
        queue: waiters.turnedAway,
        ejection: members.notEjected,
        retry_budget: this.notRetried,
        addresses: members.leftOut,
        ...members.limited,
      },
      certificate: this.certificate(),
    };
  }

  certificate(): CertificateState | undefined {
    const own = this.members.secure?.own;
    return own && { ...own, upstream: this.name };
  }

  close(): void {
    this.health.close();
    this.members.close();
  }

  ask(request: BackendRequest, listener: BackendListener, tried?: Set<Member>): HttpCall {
    return new HttpCall(request, listener, this, this.limitOf(request), tried);
  }

  hasOther(tried: ReadonlySet<Member>): boolean {
    return this.members.hasOther(tried);
  }

  takeRetry(): boolean {
    const may = this.budget.take(this.retries?.budgetPercent ?? 0);
    if (may) this.retried++;
    else this.notRetried++;
    return may;
  }

  /** Until the head of the answer. gRPC's streams may begin theirs late, and its clients say themselves how long they wait. */
  private limitOf({ headers, timeoutMs }: BackendRequest): number {
    if (timeoutMs !== undefined || this.http1 || !isGrpc(headers)) return timeoutMs ?? this.timeoutMs;
    const deadlineMs = grpcTimeoutMs(headers);
    if (deadlineMs === undefined || this.grpcMs === 0) return this.grpcMs;
    return Math.min(this.grpcMs, deadlineMs + GRPC_GRACE_MS);
  }

  unresolved(): string {
    const errors = this.members.origins.flatMap(({ name }) => name?.error ?? []);
    return errors.length === 0 ? "none of its addresses takes a connection" : errors.join(", ");
  }
}

export const httpBackend: BackendKind<HttpUpstreamDefinition> = {
  create: (definition, options) => new HttpUpstream(definition, options),
};
