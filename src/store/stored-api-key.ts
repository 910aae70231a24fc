import type { ApiKey } from "../domain/api-key.ts";
import type { StoredApiKey } from "./contract.ts";

/** A key's record as text. */
export interface ApiKeyText {
  readonly id: string;
  readonly revision: number;
  /** JSON; null: it was removed. */
  readonly text: string | null;
}

/** A record that is written, with what it is found by. */
export interface ApiKeyRow extends ApiKeyText {
  readonly hash: string | null;
}

export function storedApiKey({ id, revision, text }: ApiKeyText): StoredApiKey {
  return { id, revision, key: text === null ? null : (JSON.parse(text) as ApiKey) };
}
