import { describe, expect, test } from "vitest";
import { Deadlines, type Timed } from "../../src/domain/deadlines.ts";

function timed(deadlines: Deadlines, ms: number): Timed & { met: number } {
  const one = { deadlineAt: -1, deadlineMs: deadlines.in(ms), met: 0, onDeadline: () => void one.met++ };
  deadlines.add(one);
  return one;
}

describe("a clock that ran on while the process did not", () => {
  test("makes nothing late before what arrived meanwhile can be read", () => {
    const deadlines = new Deadlines();
    deadlines.tick(5_000);
    const answered = timed(deadlines, 300);
    const silent = timed(deadlines, 300);
    deadlines.tick(5_050);
    // Stopped for 15 s.
    deadlines.tick(20_050);
    expect([answered.met, silent.met]).toEqual([0, 0]);
    // What arrived is read.
    answered.deadlineMs = deadlines.in(300);
    for (let at = 20_100; at <= 20_300; at += 50) deadlines.tick(at);
    expect([answered.met, silent.met]).toEqual([0, 1]);
    deadlines.tick(20_350);
    expect(answered.met).toBe(1);
  });

  test("stands still once: a process that is slow all the time has deadlines too", () => {
    const deadlines = new Deadlines();
    deadlines.tick(0);
    const one = timed(deadlines, 1_500);
    for (const at of [2_000, 4_000, 6_000]) deadlines.tick(at);
    expect(one.met).toBe(0);
    deadlines.tick(8_000);
    expect(one.met).toBe(1);
  });
});
