import { FigError } from "../domain/errors.ts";
import type { EventBus, FigEvent } from "./contract.ts";

/** Far above the admin's own bound: a leak shows as an error, not as memory. */
const MAX_LISTENERS = 1_000;

/**
 * Hands each event to every listener at once, in the order they came. A listener that throws is dropped; one that cannot
 * keep up has to bound what it holds itself. Subscribing past 1,000 throws `too_many_subscribers`.
 */
export function createEventBus(): EventBus {
  const listeners = new Set<{ readonly hear: (event: FigEvent) => void }>();
  return {
    publish(event) {
      for (const listener of listeners) {
        try {
          listener.hear(event);
        } catch {
          listeners.delete(listener);
        }
      }
    },
    subscribe(hear) {
      if (listeners.size >= MAX_LISTENERS) {
        throw new FigError("too_many_subscribers", `There are already ${MAX_LISTENERS} event listeners.`);
      }
      const listener = { hear };
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    get listeners() {
      return listeners.size;
    },
  };
}
