import { resolve } from "node:path";
import type { ConfigDocument, DocumentPath, ProblemList } from "./document.ts";
import { isPem, type TlsFiles } from "./tls-files.ts";

/** Where files with keys are looked for, and where it is said what is wrong with them. */
export interface PemContext {
  readonly fig: ConfigDocument;
  readonly folder: string;
  /** Undefined: no file is read. False: what is in them does not matter. */
  readonly tls: TlsFiles | undefined | false;
  readonly problems: ProblemList;
  readonly warnings: string[];
}

export type Tell = (path: DocumentPath, message: string, remedy: string) => void;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "create it, or name an existing one",
  EACCES: "give the user that runs fig the right to read it",
  EISDIR: "name a file",
  large: "name a PEM file",
};

/** What a text that is PEM, or names a file with it, holds. Undefined: that is in the list, or files are not read. */
export function pemText(
  written: string,
  part: "cert" | "key" | "ca",
  { tls, folder, warnings }: PemContext,
  tell: Tell,
  shown = written,
): string | undefined {
  if (tls === false) return undefined;
  if (isPem(written)) return written;
  if (tls === undefined) {
    tell([part], "must be PEM text, because no file is read", "give the text that the file holds");
    return undefined;
  }
  const file = tls.get(resolve(folder, written));
  if (file?.text === undefined) {
    const error = file?.error ?? "ENOENT";
    const why =
      error === "ENOENT"
        ? "does not exist"
        : error === "large"
          ? "is larger than a PEM file"
          : `cannot be read (${error})`;
    tell([part], `${shown} ${why}`, REMEDIES[error] ?? "make it readable");
    return undefined;
  }
  if (part === "key" && file.open)
    warnings.push(`${written}: every user of this machine can read this private key: chmod 600 it`);
  return file.text;
}
