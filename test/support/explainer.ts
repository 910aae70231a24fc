import { systemClock } from "../../src/clock.ts";
import { createControl, decideFromStore } from "../../src/control/index.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { admit } from "../../src/lanes/admission.ts";
import { compileTable } from "../../src/routing/index.ts";
import { openStore } from "../../src/store/index.ts";

/** What a front door with these files says of a request, without one that runs. Nothing moves a route meanwhile. */
export async function explainerOf(config: FrontDoorConfig) {
  const store = await openStore("memory:", systemClock);
  let table: ReturnType<typeof compileTable> | undefined;
  const compileOnce: typeof compileTable = (...given) => {
    table ??= compileTable(...given);
    return table;
  };
  const control = createControl({
    ...{ store, clock: systemClock, decide: decideFromStore(admit, compileOnce) },
    facts: {
      config: () => config,
      problems: () => [],
      invalid: () => [],
      flush: async () => {},
      rollUp: async () => {},
      inForce: () => undefined,
      away: () => undefined,
      answered: async () => new Map(),
      apply: async () => {},
    },
  });
  return {
    explain: (method: string, url: string) => control.explain({ method, url }),
    close: () => store.close(),
  };
}
