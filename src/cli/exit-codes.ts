import { figErrorOf } from "../domain/errors.ts";

/** What the shell is told (docs/contract.md, Command line). */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const;

/** Every code that is not 1. A new error that is the user's to correct, or a refusal, gets a line here. */
const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  usage: EXIT.usage,
  invalid_request: EXIT.usage,
  invalid_files: EXIT.usage,
  invalid_config: EXIT.usage,
  invalid_document: EXIT.usage,
  config_not_found: EXIT.usage,
  unknown_route: EXIT.usage,
  unknown_cohort: EXIT.usage,
  unknown_revision: EXIT.usage,
  unknown_migration: EXIT.usage,
  unknown_api_key: EXIT.usage,
  api_key_refused: EXIT.refused,
  api_keys_full: EXIT.refused,
  refused: EXIT.refused,
  held: EXIT.refused,
  not_held: EXIT.refused,
  conflict: EXIT.refused,
  drift: EXIT.refused,
  late_step: EXIT.refused,
  raises_modern: EXIT.refused,
  gate_refused: EXIT.refused,
  nothing_to_undo: EXIT.refused,
  file_exists: EXIT.refused,
  files_redacted: EXIT.refused,
  store_not_empty: EXIT.refused,
};

export function exitCodeOf(error: unknown): number {
  const code = figErrorOf(error)?.code;
  return (code === undefined ? undefined : EXIT_BY_CODE[code]) ?? EXIT.failed;
}
