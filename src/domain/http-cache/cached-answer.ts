import type { RawHeaders } from "../message.ts";
import type { Side } from "../position.ts";

/** What the answers of one side of one route came to. */
export interface CacheCounts {
  hit: number;
  miss: number;
  stale: number;
  revalidated: number;
  bypass: number;
  /** Stored answers that gave way to others. */
  evicted: number;
  /** Stored answers that a purge, or an unsafe method, took away. */
  purged: number;
  /** Requests that waited for another's answer, and were given it. */
  collapsed: number;
  /** Requests that waited for another's answer, and went on their own because it took too long. */
  waitedInVain: number;
  /** Answers that were asked for in the background, to replace stale ones. */
  refreshed: number;
  /** Those that were not, because too many were under way. */
  refreshesRefused: number;
  /** Answers that were begun to be kept and not stored: too large, broken, or no room. */
  abandoned: number;
}

/** Where the answers of one side of one route are, as the files define both. */
export interface CacheSpace {
  readonly route: string;
  readonly side: Side;
  /** What each key in it begins with. */
  readonly prefix: string;
  readonly counts: CacheCounts;
  bytes: number;
  entries: number;
  /** Layers that use it. */
  users: number;
}

/** What is stored under one key. */
export interface CachedResource {
  readonly key: string;
  readonly space: CacheSpace;
  /** As the client asked for it, without the query. */
  readonly path: string;
  /** Lower-case; "": every host's. */
  readonly host: string;
  /** Newest first; never empty. */
  readonly variants: CachedAnswer[];
  /** Others of the same path. */
  before: CachedResource | undefined;
  after: CachedResource | undefined;
}

/** What is known of an answer when it is stored. Times are ms on a clock that never goes back. */
export interface AnswerParts {
  readonly status: number;
  readonly reason: string;
  /** Flat; end-to-end fields without Age, with Content-Length. */
  readonly headers: RawHeaders;
  /** The request fields that chose it, and their values; "-" stands for none. */
  readonly vary: readonly string[];
  readonly varied: readonly string[];
  /** When it had age 0. */
  readonly bornAt: number;
  readonly freshUntil: number;
  /** Until when it may be given stale while it is asked for anew, and in place of a failure. */
  readonly whileRevalidateUntil: number;
  readonly ifErrorUntil: number;
  /** It may be given stale to a client that takes it so. */
  readonly staleAllowed: boolean;
  /** Whose requests it may answer: 0, those without credentials; 1, with Authorization or an identity; 2, with cookies too. */
  readonly openTo: 0 | 1 | 2;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly tags: readonly string[] | undefined;
}

/** One stored answer. It never changes: another takes its place. */
export class CachedAnswer {
  readonly parts: AnswerParts;
  readonly freshUntil: number;
  readonly body: Uint8Array;
  /** What it takes in memory, about. */
  bytes = 0;
  resource: CachedResource | undefined = undefined;
  /** Neighbours by how long ago they were used. */
  newer: CachedAnswer | undefined = undefined;
  older: CachedAnswer | undefined = undefined;
  /** The head of a hit in this second of its age. */
  hitAge = -1;
  hitHead: RawHeaders = [];
  /** The side failed just now: it is not asked again before. */
  askAfter = 0;

  constructor(parts: AnswerParts, body: Uint8Array) {
    this.parts = parts;
    this.freshUntil = parts.freshUntil;
    this.body = body;
  }
}
