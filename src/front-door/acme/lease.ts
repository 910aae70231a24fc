import type { AcmeAnswer } from "../../domain/acme.ts";
import type { Store, StoredRecord } from "../../store/contract.ts";
import { type KeptOrder, orderIn } from "./records.ts";

/**
 * That one door orders a certificate, and no other: a record that says who, and that this door writes anew again and again. Who finds
 * that it stayed as it is for long may take it. So no two clocks have to agree.
 */
export class OrderLease {
  private readonly store: Store;
  private readonly name: string;
  private order: KeptOrder;
  private version: number;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(store: Store, name: string, order: KeptOrder, version: number) {
    this.store = store;
    this.name = name;
    this.order = order;
    this.version = version;
  }

  /** Undefined: another door was quicker. `known`: the record that nobody holds, or held for too long. */
  static async take(
    store: Store,
    name: string,
    holder: string,
    known: StoredRecord | undefined,
  ): Promise<OrderLease | undefined> {
    const order = { ...orderIn(known), holder, answers: [] };
    const { version = 0 } = known ?? {};
    const taken = await store.swapRecord(name, version, JSON.stringify(order));
    return taken ? new OrderLease(store, name, order, version + 1) : undefined;
  }

  /** What the authority is to find, for every door to show. */
  show(answers: readonly AcmeAnswer[]): Promise<void> {
    return this.write({ answers });
  }

  /** Still here. Rejects with OrderLost where another door took it. */
  beat(): Promise<void> {
    return this.write({});
  }

  release(outcome: Pick<KeptOrder, "failures" | "error" | "pauseMs">): Promise<void> {
    return this.write({ ...outcome, holder: "", answers: [] });
  }

  /** One after the other. */
  private write(next: Partial<KeptOrder>): Promise<void> {
    const written = this.tail.then(() => this.writeNow({ ...this.order, ...next }));
    this.tail = written.catch(() => undefined);
    return written;
  }

  private async writeNow(next: KeptOrder): Promise<void> {
    const text = JSON.stringify(next);
    if (!(await this.store.swapRecord(this.name, this.version, text))) {
      // A write whose answer was lost may have been done.
      const found = (await this.store.readRecords([this.name])).get(this.name);
      if (found === undefined || orderIn(found).holder !== this.order.holder) throw new OrderLost();
      this.version = found.version;
      if (!(await this.store.swapRecord(this.name, this.version, text))) throw new OrderLost();
    }
    this.version++;
    this.order = next;
  }
}

/** Another door orders the certificate now. */
export class OrderLost extends Error {
  constructor() {
    super("another front door took over the order");
  }
}
