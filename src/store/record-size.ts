import { FigError } from "../domain/errors.ts";
import {
  API_KEYS_AT_ONCE,
  type ApiKeyWrite,
  MAX_FILES_TEXT,
  MAX_RECORD_BYTES,
  type StoredFiles,
} from "./contract.ts";

/** Throws where a record is larger than it may be. */
export function refuseLarge(text: string): void {
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES)
    throw new FigError("store_invalid", `a record of the state may have ${MAX_RECORD_BYTES} bytes at most`);
}

/** Throws where more keys are written at once than may be. */
export function refuseMany(writes: readonly ApiKeyWrite[]): void {
  if (writes.length > API_KEYS_AT_ONCE)
    throw new FigError("store_invalid", `at most ${API_KEYS_AT_ONCE} API keys are written at once`);
}

/** Throws where a set of files is larger than it may be. */
export function refuseLargeFiles({ text }: StoredFiles): void {
  if (text.length > MAX_FILES_TEXT)
    throw new FigError("store_invalid", `a set of files may have ${MAX_FILES_TEXT} bytes at most`);
}
