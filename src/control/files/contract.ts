import type { FilesContent, FilesRevision } from "../../domain/kept-files.ts";

/** Reads a set that was packed; config's. */
export type UnpackFiles = (packed: string) => Promise<FilesContent>;

/** The files that a store saw first: in force before any change was written. */
export interface FilesBase extends FilesRevision {
  readonly by: string;
}
