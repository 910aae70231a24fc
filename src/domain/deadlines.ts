/** Something that may have to end by a certain time. */
export interface Timed {
  /** On the Deadlines' own clock, ms; Infinity: none. Moving it costs one field write. */
  deadlineMs: number;
  /** Called once the time has passed; the deadline is Infinity again by then. */
  onDeadline(): void;
}

/**
 * Timeouts of a whole process by one coarse sweep instead of a timer each: `sweep` is called every 50 ms or so, and a
 * deadline is met up to one sweep late.
 */
export class Deadlines {
  /** Coarse clock, ms: the time of the last sweep. */
  now = 0;
  private readonly members = new Set<Timed>();

  add(member: Timed): void {
    this.members.add(member);
  }

  remove(member: Timed): void {
    this.members.delete(member);
  }

  /** The coarse time `ms` from now, never early. */
  in(ms: number): number {
    return this.now + ms;
  }

  sweep(nowMs: number): void {
    this.now = nowMs;
    for (const member of this.members) {
      if (member.deadlineMs > nowMs) continue;
      member.deadlineMs = Number.POSITIVE_INFINITY;
      member.onDeadline();
    }
  }
}
