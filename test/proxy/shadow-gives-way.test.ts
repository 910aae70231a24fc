import { describe, expect, it } from "vitest";
import { ExchangeWorld } from "../support/exchange-world.ts";

/** A world whose event loop's turns the test runs: in each, clients may begin or end requests before what was put off runs. */
class Turns extends ExchangeWorld {
  private readonly later: (() => void)[] = [];

  constructor() {
    super({ position: { modern: 0, shadow: 100 } });
    this.deferred = this.later;
  }

  serve(): void {
    const lane = this.request();
    this.shadowed.enter();
    this.legacy.last.answer(200, "served");
    lane.flush();
    this.shadowed.leave();
  }

  turn(busy = false): void {
    if (busy) this.serve();
    for (const run of this.later.splice(0)) run();
  }
}

describe("shadows give way", () => {
  it("and go in the first turn of the event loop without work for clients, though many are under way", () => {
    const world = new Turns();
    for (let i = 0; i < 50; i++) world.shadowed.enter();
    world.serve();
    world.turn();
    expect(world.modern.calls).toHaveLength(0);
    world.turn();
    expect(world.modern.calls).toHaveLength(1);
  });

  it("as long as there is some in each turn, for 20 ms at most", () => {
    const world = new Turns();
    for (let i = 0; i < 2; i++) world.turn(true);
    expect(world.modern.calls).toHaveLength(0);
    world.pass(20);
    world.turn(true);
    expect(world.modern.calls).toHaveLength(1);
    // They catch up, one a turn, without another wait.
    world.turn(true);
    expect(world.modern.calls).toHaveLength(2);
  });
});
