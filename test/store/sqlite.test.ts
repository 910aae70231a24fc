import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../src/store/index.ts";
import { storeConformance } from "../conformance/store.ts";

const hex = (bytes: number) => randomBytes(bytes).toString("hex");

storeConformance("sqlite", {
  shared: true,
  async make() {
    const folder = await mkdtemp(join(tmpdir(), "fig-store-"));
    return {
      open: ({ now }) => openStore(`sqlite:${join(folder, "state.db")}`, { now, hex }),
      remove: () => rm(folder, { recursive: true }),
    };
  },
});
