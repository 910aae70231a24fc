import type { LedgerEntry } from "../../../src/domain/ledger.ts";

/** A shift that was sent, and what its writer was told. */
export interface Sent {
  readonly route: string;
  readonly modern: number;
  outcome: "acknowledged" | "refused" | "unanswered";
  /** Of the entry acknowledged. */
  content: string | undefined;
  written: boolean;
}

type Told = Pick<LedgerEntry, "revision" | "at" | "kind" | "by" | "reason" | "changes">;

/** What an entry says that a client can hold it against: the admin API and the store spell the rest differently. */
function contentOf({ revision, at, kind, by, reason, changes }: Told): string {
  const moves = changes.map(({ route, from, to }) => [route, from, to]);
  return JSON.stringify([revision, at, kind, by, reason, moves]);
}

/**
 * Holds a ledger against what was sent and what was acknowledged: every acknowledged revision is there with the same
 * content; every entry was sent, once, and was not refused; revisions have no gap and never change.
 */
export class LedgerBook {
  /** By reason, which is unique. */
  readonly sent = new Map<string, Sent>();
  readonly failures: string[] = [];
  newestAcknowledged = 0;
  /** Written, though their writers never heard of it. */
  unansweredWritten = 0;
  private readonly ledger: string[] = [];

  get revisions(): number {
    return this.ledger.length;
  }

  count(outcome: Sent["outcome"]): number {
    return [...this.sent.values()].filter((sent) => sent.outcome === outcome).length;
  }

  fail(what: string): void {
    this.failures.push(what);
  }

  send(reason: string, route: string, modern: number): Sent {
    const sent: Sent = { route, modern, outcome: "unanswered", content: undefined, written: false };
    this.sent.set(reason, sent);
    return sent;
  }

  acknowledge(sent: Sent, entry: Told): void {
    sent.outcome = "acknowledged";
    sent.content = contentOf(entry);
    this.newestAcknowledged = Math.max(this.newestAcknowledged, entry.revision);
  }

  /** Entries after those read so far. */
  read(entries: readonly Told[]): void {
    for (const entry of entries) this.readOne(entry);
    if (this.ledger.length < this.newestAcknowledged)
      this.fail(`the ledger ends at ${this.ledger.length}, ${this.newestAcknowledged} was acknowledged`);
  }

  /** At the end: the whole ledger once more, and every acknowledgement. */
  close(whole: readonly Told[]): void {
    if (JSON.stringify(whole.map(contentOf)) !== JSON.stringify(this.ledger))
      this.fail("the ledger reads differently than it did before");
    const written = new Set(this.ledger);
    for (const { outcome, content } of this.sent.values())
      if (outcome === "acknowledged" && !written.has(content ?? ""))
        this.fail(`acknowledged and lost: ${content}`);
  }

  private readOne(entry: Told): void {
    const content = contentOf(entry);
    this.ledger.push(content);
    if (entry.revision !== this.ledger.length)
      this.fail(`revision ${entry.revision} stands where ${this.ledger.length} should`);
    const sent = this.sent.get(entry.reason);
    const [change] = entry.changes;
    if (sent === undefined || change === undefined || entry.changes.length !== 1) {
      this.fail(`nobody sent ${content}`);
      return;
    }
    if (change.route !== sent.route || change.to.modern !== sent.modern)
      this.fail(`sent ${JSON.stringify(sent)}, written ${content}`);
    else if (sent.written) this.fail(`written twice: ${content}`);
    else if (sent.outcome === "refused") this.fail(`refused, but written: ${content}`);
    else if (sent.outcome === "unanswered") this.unansweredWritten++;
    sent.written = true;
  }
}
