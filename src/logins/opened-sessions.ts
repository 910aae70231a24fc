import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Session } from "./contract.ts";

/** Of all sessions that were opened and are remembered, in one process; the one used longest ago is opened again. */
const MAX_OPENED_BYTES = 8 * 1024 * 1024;
/** What one costs beside its text. */
const BASE_BYTES = 512;
/** Of a sealed character: parsed, in an object. */
const BYTES_A_CHAR = 3;

/** Sessions by what they were sealed as. The sealed texts are not kept: nobody who reads the memory could send one. */
export class OpenedSessions {
  private readonly known: LRUCache<string, Session>;

  constructor(onEvicted: () => void) {
    this.known = new LRUCache({
      maxSize: MAX_OPENED_BYTES,
      dispose: (_value, _key, reason) => {
        if (reason === "evict") onEvicted();
      },
    });
  }

  /** `place`: whose; other secrets have another. `about`: what the text was sealed for. */
  of(
    place: string,
    text: string,
    about: readonly string[],
    open: () => Session | undefined,
  ): Session | undefined {
    const key = hash("sha256", `${place}\n${about.join("\n")}\n${text}`, "base64");
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const session = open();
    if (session !== undefined)
      this.known.set(key, session, { size: BASE_BYTES + text.length * BYTES_A_CHAR });
    return session;
  }
}
