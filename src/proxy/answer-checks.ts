import type { HeldAnswer, HeldAnswers } from "../domain/openapi/held-answer.ts";
import type { Side } from "../domain/position.ts";
import type { AnswersHeld } from "../layers/contract.ts";

/** What an OpenAPI document says of the two answers of one compared request, as soon as it is known. */
export class AnswerChecks implements AnswersHeld {
  readonly held: HeldAnswers = {};
  private underWay = 0;
  private waiting: (() => void) | undefined = undefined;

  begin(side: Side): (answer: HeldAnswer | undefined) => void {
    this.underWay++;
    return (answer) => {
      this.underWay--;
      if (answer !== undefined) (this.held as Record<Side, HeldAnswer>)[side] = answer;
      if (this.underWay > 0) return;
      this.waiting?.();
      this.waiting = undefined;
    };
  }

  /** Once, when none is under way. A check says `busy` where it waits for long: nothing waits for ever. */
  whenOver(run: () => void): void {
    if (this.underWay === 0) run();
    else this.waiting = run;
  }
}
