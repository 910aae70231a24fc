/** An event as it goes out, and as it goes out to who has not logged in. */
interface EncodedEvent {
  readonly whole: string;
  readonly reduced: string;
}

/** Kept for readers whose connection broke; whichever comes first. */
export const MAX_EVENTS_KEPT = 256;
const MAX_EVENT_CHARS_KEPT = 1024 * 1024;

/** The newest events, numbered, so that a reader who comes back gets what it missed (HTML Living Standard §9.2.4). */
export class EventHistory {
  private readonly run: string;
  private readonly kept: EncodedEvent[] = [];
  private chars = 0;
  /** Of the newest event. */
  private number = 0;

  /** `run` tells the ids of this process's run from those of another. */
  constructor(run: string) {
    this.run = run;
  }

  add(type: string, data: object, reduced: object): EncodedEvent {
    this.number++;
    const encode = (what: object) =>
      `id: ${this.run}-${this.number}\nevent: ${type}\ndata: ${JSON.stringify(what)}\n\n`;
    const whole = encode(data);
    const event = { whole, reduced: reduced === data ? whole : encode(reduced) };
    this.kept.push(event);
    this.chars += whole.length;
    while (this.kept.length > MAX_EVENTS_KEPT || this.chars > MAX_EVENT_CHARS_KEPT) {
      this.chars -= this.kept.shift()?.whole.length ?? 0;
    }
    return event;
  }

  /** The id of the newest event, for who begins to listen now. */
  get newest(): string {
    return `${this.run}-${this.number}`;
  }

  /** What came after an id; if that is not known any more, the word to read everything anew. */
  after(id: string, whole: boolean): string {
    const number = id.startsWith(`${this.run}-`) ? Number(id.slice(this.run.length + 1)) : Number.NaN;
    const missed = this.number - number;
    if (!(missed >= 0 && missed <= this.kept.length)) return "event: refresh\ndata: {}\n\n";
    const events = missed === 0 ? [] : this.kept.slice(-missed);
    return events.map((event) => (whole ? event.whole : event.reduced)).join("");
  }

  /** Forgets all, so that no id is known. */
  clear(): void {
    this.kept.length = 0;
    this.chars = 0;
    this.number++;
  }
}
