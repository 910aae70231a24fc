import { FigError } from "../../domain/errors.ts";
import type { ControlContext } from "../context.ts";
import type { FilesReloadBody, FilesReloaded } from "../schemas/files.ts";

/** Has the front door read its files again. Throws `no_front_door` where nobody serves. */
export async function reloadFiles({ facts }: ControlContext, said: FilesReloadBody): Promise<FilesReloaded> {
  const reloaded = await facts.reloadFiles?.(said);
  if (reloaded !== undefined) return reloaded;
  throw new FigError("no_front_door", "files are in force in a front door, and none answers", {
    remedy: "start it with `fig serve`, or name its admin address with --admin",
  });
}
