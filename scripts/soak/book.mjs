const FIRST = 20;

/** What was done, and what failed. */
export class Book {
  done = new Map();
  failures = [];
  failed = 0;

  constructor(write) {
    this.write = write;
  }

  count(name) {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
  }

  /** Something that has to succeed. */
  async honest(name, door, act) {
    try {
      await act();
      this.count(name);
    } catch (error) {
      this.failed++;
      const line = `${new Date().toISOString()} ${door.lane} ${name}: ${error.stack ?? error} ${error.cause ?? ""}`;
      if (this.failures.length < FIRST) this.failures.push(line);
      this.write(`FAILED ${line}`);
    }
  }
}
