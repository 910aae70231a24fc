import type { Timed } from "../../domain/deadlines.ts";
import type { RawHeaders } from "../../domain/message.ts";
import type { HealthCheck } from "../../domain/upstream.ts";
import type { BackendOptions } from "../contract.ts";
import type { Carrier, ConnectionUser } from "./connection-contract.ts";
import { type HealthQuestion, keptOf, questionAt } from "./health-questions.ts";
import type { Member } from "./member.ts";
import { Probe } from "./probe.ts";

/** The first check comes within this, or within its interval. */
const FIRST_MS = 1_000;
/** An interval varies by a tenth either way: the checks of many front doors do not come together. */
const VARIED = 0.1;

/** What the checks of an upstream came to. */
interface Counts {
  passed: number;
  failed: number;
}

/** The checks of one member: one connection each, one at a time. */
class Check implements Timed, ConnectionUser {
  deadlineMs: number;
  deadlineAt = -1;
  private readonly member: Member;
  private readonly check: HealthCheck;
  private readonly options: BackendOptions;
  private readonly counts: Counts;
  private probe: Probe | undefined = undefined;
  private connected = false;
  private readonly question: HealthQuestion;
  /** Of the answer. */
  private body: Buffer = Buffer.alloc(0);
  /** Passes in a row of a member that is down, failures of one that is up. */
  private streak = 0;

  constructor(member: Member, check: HealthCheck, options: BackendOptions, counts: Counts) {
    this.member = member;
    this.check = check;
    this.question = questionAt(check.path);
    this.options = options;
    this.counts = counts;
    this.deadlineMs = options.deadlines.in(Math.min(FIRST_MS, check.intervalMs) * this.drawn());
    options.deadlines.add(this);
  }

  onDeadline(): void {
    if (this.probe !== undefined) this.tell(false);
    else if (this.member.condition === "standby") this.wait();
    else this.begin();
  }

  close(): void {
    this.options.deadlines.remove(this);
    this.probe?.close();
  }

  onConnected(): void {
    this.connected = true;
    this.member.connected();
    const { authority } = this.member;
    const { request, body } = this.question;
    const carrier = this.probe?.carrier;
    const hasBody = body !== undefined;
    carrier?.send({ request, authority, ownHost: true, hasBody, responseMs: 0, unsent: undefined });
    if (body === undefined) return;
    carrier?.writeChunked(body);
    carrier?.finish(undefined, true);
  }

  onMoved(carrier: Carrier | undefined): void {
    if (carrier === undefined) this.tell(false);
    else if (this.probe !== undefined) this.probe.carrier = carrier;
  }

  onHead(status: number): void {
    this.body = Buffer.alloc(0);
    const passed = this.question.byHead(status);
    if (passed !== undefined) this.tell(passed);
  }

  onBroken(): void {
    if (!this.connected && this.member.standsBy()) this.wait();
    else this.tell(false);
  }

  onUpgrade(): void {
    this.tell(false);
  }

  onWritable(): void {}
  onInform(): void {}

  onData(chunk: Buffer): void {
    this.body = keptOf(this.body, chunk);
  }

  onEnd(trailers: RawHeaders | undefined): void {
    if (this.probe !== undefined) this.tell(this.question.byEnd(this.body, trailers));
  }

  private begin(): void {
    const { options, member } = this;
    const { timeoutMs } = this.check;
    this.deadlineMs = options.deadlines.in(timeoutMs);
    this.connected = false;
    this.probe = new Probe(member, options, this);
  }

  private tell(passed: boolean): void {
    const { member, check, counts } = this;
    if (passed) counts.passed++;
    else counts.failed++;
    this.streak = passed === member.healthy ? 0 : this.streak + 1;
    this.wait();
    if (this.streak < (passed ? check.up : check.down)) return;
    this.streak = 0;
    member.becomes(passed);
  }

  private wait(): void {
    const { probe, check, options } = this;
    this.probe = undefined;
    probe?.close();
    const varied = 1 + VARIED * (2 * this.drawn() - 1);
    this.deadlineMs = options.deadlines.in(check.intervalMs * varied);
  }

  private drawn(): number {
    return this.options.random?.() ?? 0;
  }
}

/** Asks every member of an upstream, again and again, whether it is up. None of it is counted as traffic. */
export class HealthChecks {
  readonly counts: Counts = { passed: 0, failed: 0 };
  private readonly check: HealthCheck | undefined;
  private readonly options: BackendOptions;
  private checks = new Map<Member, Check>();

  constructor(check: HealthCheck | undefined, options: BackendOptions) {
    this.check = check;
    this.options = options;
  }

  /** These are the members now. */
  retain(members: readonly Member[]): void {
    const { check, options, counts } = this;
    if (check === undefined) return;
    const before = this.checks;
    this.checks = new Map(
      members.map((member) => [member, before.get(member) ?? new Check(member, check, options, counts)]),
    );
    for (const [member, gone] of before) if (!this.checks.has(member)) gone.close();
  }

  close(): void {
    this.retain([]);
  }
}
