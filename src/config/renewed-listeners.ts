import type { Listener } from "../domain/config.ts";
import { type ConfigDocument, ProblemList } from "./document.ts";
import type { ListenInput } from "./listen-schema.ts";
import { type CertificateDates, listenersOf } from "./listeners.ts";
import { readTlsFiles, tlsPaths } from "./tls-files.ts";

/** `listen` as fig.yaml has it, and what its paths are relative to. */
export interface WrittenListeners {
  readonly listen: ListenInput;
  readonly folder: string;
}

/**
 * The listeners with what their TLS files hold now, read in some milliseconds and without anything else. Undefined: something is wrong
 * with them, perhaps because only some are written yet; whoever loads all files learns what it is.
 */
export async function renewedListeners(
  { listen, folder }: WrittenListeners,
  dates: CertificateDates,
): Promise<readonly Listener[] | undefined> {
  const place = () => ({ file: "", line: 0, column: 0 });
  const fig: ConfigDocument = { file: "", value: { listen }, readable: true, place };
  const problems = new ProblemList();
  const tls = await readTlsFiles(tlsPaths(fig, folder));
  const listeners = listenersOf(listen, { fig, folder, tls, dates, problems, warnings: [] });
  return problems.length === 0 ? listeners : undefined;
}
