import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Store } from "../../src/store/contract.ts";
import { openStore } from "../../src/store/index.ts";

export const hex = (bytes: number) => randomBytes(bytes).toString("hex");

/** A folder for each test of a file, and stores opened in it that are closed after it. */
export class StoreFolder {
  path = "";
  now = Date.parse("2026-11-02T08:00:00.000Z");
  private stores: Store[] = [];

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), "fig-store-"));
    });
    afterEach(async () => {
      for (const store of this.stores.splice(0)) await store.close();
      rmSync(this.path, { recursive: true });
    });
  }

  file(name = "state.db"): string {
    return join(this.path, name);
  }

  async open(name = "state.db"): Promise<Store> {
    const store = await openStore(`sqlite:${this.file(name)}`, { now: () => this.now, hex });
    this.stores.push(store);
    return store;
  }
}
