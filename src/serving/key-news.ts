import type { KeyNews } from "../domain/key-news.ts";
import type { EarlierWrite } from "../domain/outcomes.ts";
import type { Side } from "../domain/position.ts";
import type { WindowKey } from "../domain/tally.ts";

/** Gathers what this process learns of sticky keys in one turn, for the others that serve. It is bounded by what one turn serves. */
export class UntoldKeys {
  private readonly tell: ((news: KeyNews) => void) | undefined;
  private writes: KeyNews["writes"][number][] = [];
  private failed: KeyNews["failed"][number][] = [];
  private waits = false;

  /** `tell` undefined: there are no others. */
  constructor(tell: ((news: KeyNews) => void) | undefined) {
    this.tell = tell;
  }

  readonly write = (key: number, what: EarlierWrite): void => {
    this.add(this.writes, [key, what]);
  };

  readonly failure = (window: WindowKey, side: Side, key: number): void => {
    this.add(this.failed, [window, side, key]);
  };

  private add<News>(list: News[], news: News): void {
    if (this.tell === undefined) return;
    list.push(news);
    if (this.waits) return;
    this.waits = true;
    setImmediate(() => this.told());
  }

  private told(): void {
    const { writes, failed } = this;
    this.waits = false;
    this.writes = [];
    this.failed = [];
    this.tell?.({ writes, failed });
  }
}
