import { z } from "zod";
import { filesAt, filesReloadBody, filesReloaded, filesRow, filesTable } from "../control/schemas/files.ts";
import { type Operation, operation } from "./operation.ts";

/** Files that were in force: never without a token or a login, since they say how everything behind the front door is reached. */
export const FILES_OPERATIONS: readonly Operation[] = [
  operation({
    id: "listFiles",
    method: "get",
    path: "/files",
    summary: "The sets of files that came in force, newest first, and what each changed.",
    response: z.array(filesRow),
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.files() }),
  }),
  operation({
    id: "getFilesTable",
    method: "get",
    path: "/files/table",
    summary:
      "The routing table in force, as far as it says who answers a client: what `fig check --against` compares with.",
    response: filesTable,
    errors: ["store_unavailable"],
    handle: async ({ control }) => ({ body: await control.filesTable() }),
  }),
  operation({
    id: "reloadFiles",
    method: "post",
    path: "/files/reload",
    summary:
      "Reads this front door's files again. Those that do not pass change nothing, and `problems` says why.",
    body: filesReloadBody,
    response: filesReloaded,
    handle: async ({ control }, { body }) => ({ body: await control.reloadFiles(body) }),
  }),
  operation({
    id: "getFiles",
    method: "get",
    path: "/files/{revision}",
    summary: "The files that were in force after a revision, without credentials.",
    params: z.strictObject({ revision: z.coerce.number().int().min(0) }),
    response: filesAt,
    errors: ["unknown_revision", "files_not_kept", "store_unavailable"],
    handle: async ({ control }, { params }) => ({ body: await control.filesAt(params.revision) }),
  }),
];
