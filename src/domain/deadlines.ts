/** Something that may have to end by a certain time. */
export interface Timed {
  /** On the Deadlines' own clock, ms; Infinity: none. Moving it costs one field write. */
  deadlineMs: number;
  /** The Deadlines' own: where in its list this is; -1: nowhere. */
  deadlineAt: number;
  /** Called once the time has passed; the deadline is Infinity again by then. */
  onDeadline(): void;
}

/** Ticks further apart than this have a gap between them. */
const MAX_STEP_MS = 1_000;

/**
 * Timeouts of a whole process by one coarse sweep instead of a timer each: `sweep` is called every 50 ms or so, and a
 * deadline is met up to one sweep late.
 *
 * Members know their places in a plain list. A Set would do, but each table it outgrows points at the next: once one is in
 * the old generation, all that came and went since is kept until a full collection, and every small one has to copy it.
 */
export class Deadlines {
  /** Coarse clock, ms: the time of the last sweep. */
  now = 0;
  private readonly members: Timed[] = [];
  private tickedMs: number | undefined = undefined;
  /** The last tick was behind a gap. */
  private stood = false;

  add(member: Timed): void {
    if (member.deadlineAt < 0) member.deadlineAt = this.members.push(member) - 1;
  }

  remove(member: Timed): void {
    const { members } = this;
    const at = member.deadlineAt;
    if (at < 0) return;
    member.deadlineAt = -1;
    const last = members.pop() as Timed;
    if (last === member) return;
    members[at] = last;
    last.deadlineAt = at;
  }

  /** The coarse time `ms` from now, never early. */
  in(ms: number): number {
    return this.now + ms;
  }

  /**
   * Sweeps by a clock that runs on while the process does not (stopped, a sleeping host, a long collection). What arrived in
   * that time has to be read before anything is late, so a gap is no time at all; but never two in a row.
   */
  tick(realMs: number): void {
    const passed = realMs - (this.tickedMs ?? realMs);
    this.tickedMs = realMs;
    this.stood = passed > MAX_STEP_MS && !this.stood;
    if (!this.stood) this.sweep(this.now + Math.min(passed, MAX_STEP_MS));
  }

  sweep(nowMs: number): void {
    this.now = nowMs;
    // From the end: a member that leaves is replaced by the last one, which has been seen.
    for (let at = this.members.length - 1; at >= 0; at--) {
      const member = this.members[at];
      if (member === undefined || member.deadlineMs > nowMs) continue;
      member.deadlineMs = Number.POSITIVE_INFINITY;
      member.onDeadline();
    }
  }
}
