import type { BackendListener } from "../../backends/contract.ts";
import type { CachedAnswer } from "../../domain/http-cache/cached-answer.ts";
import type { SideRequest } from "../contract.ts";
import type { Asked } from "./asked.ts";

/** What a fetch is made of. */
export interface FetchOptions {
  readonly request: SideRequest;
  readonly asked: Asked;
  /** Who asked first; undefined: nobody waits for the answer. */
  readonly listener: BackendListener | undefined;
  /** A stored answer that the side is asked about. */
  readonly stale: CachedAnswer | undefined;
  /** By what others find it. */
  readonly flight: string;
  /** Others may wait for it; if not, the client's conditions go on as they are. */
  readonly shared: boolean;
  /** Why the side is asked, in the words of RFC 9211 §2.2. */
  readonly forward: string;
}

/** Something that is being asked for, and that others may wait for. */
export interface Flight {
  follow(waiting: Waiting): void;
  unfollow(waiting: Waiting): void;
}

/** A request that waits for another's answer. */
export interface Waiting {
  /** What was waited for; undefined: it is not stored, or not to come. */
  told(answer: CachedAnswer | undefined): void;
  /** A stale answer stands in for a failure. */
  giveStale(answer: CachedAnswer): void;
}
