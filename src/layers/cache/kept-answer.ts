import { type AnswerParts, CachedAnswer } from "../../domain/http-cache/cached-answer.ts";
import type { Asked } from "./asked.ts";
import type { CacheContext } from "./context.ts";
import { withLength } from "./storing.ts";

/** An answer that is to be stored when it is whole. Its bytes count as held meanwhile. */
export class KeptAnswer {
  private readonly context: CacheContext;
  private readonly parts: AnswerParts;
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private reserved = 0;
  /** Whole, once it is complete. */
  body: Uint8Array = new Uint8Array(0);

  constructor(context: CacheContext, parts: AnswerParts) {
    this.context = context;
    this.parts = parts;
  }

  /** A copy of the chunk; undefined: it is too much, and nothing is kept any more. */
  keep(chunk: Uint8Array): Uint8Array | undefined {
    const { store, settings } = this.context;
    const { length } = chunk;
    if (this.bytes + length > settings.maxObject || !store.reserve(length)) return undefined;
    this.reserved += length;
    this.bytes += length;
    // Not out of a pool that others keep in memory.
    const copy = new Uint8Array(length);
    copy.set(chunk);
    this.chunks.push(copy);
    return copy;
  }

  /** Stores what is whole now; undefined: it may not be any more. `purges`: how many there had been when it was asked for. */
  complete(asked: Asked, purges: number): CachedAnswer | undefined {
    this.body = joined(this.chunks, this.bytes);
    this.release();
    const answer = new CachedAnswer(withLength(this.parts, this.bytes), this.body);
    return this.put(asked, answer, purges) ? answer : undefined;
  }

  /** False: a purge came in between, or there is no room. */
  put({ key, path, host }: Asked, answer: CachedAnswer, purges: number): boolean {
    const { store, space } = this.context;
    const purgeable = { route: space.route, path, host, tags: answer.parts.tags };
    if (store.purgedSince(purges, purgeable)) return false;
    // The request's own string holds all that was read with it.
    return store.put(key, space, `/${path}`.slice(1), host, answer);
  }

  release(): void {
    this.context.store.release(this.reserved);
    this.reserved = 0;
    this.chunks = [];
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
