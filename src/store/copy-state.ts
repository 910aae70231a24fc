import { createHash } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import { FigError } from "../domain/errors.ts";
import type { CopyReport, OpenOptions, StatePiece, StatePieces } from "./contract.ts";
import { kindOf } from "./index.ts";

/** Pieces written at once. */
const AT_ONCE = 200;

async function digestOf(pieces: StatePieces): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(canonicalJson(piece)).update("\n");
  return hash.digest("hex");
}

function transferOf(url: string) {
  const { transfer, scheme } = kindOf(url);
  if (transfer !== undefined) return transfer;
  throw new FigError(
    "store_invalid",
    `a \`${scheme}\` state ends with its process: there is nothing to copy`,
  );
}

/**
 * Copies a whole state into an empty store: revisions, times and the state's id stay, counts are added up over doors. What was
 * written is read back and held against the source before anybody can see it. Fails with `no_state`, `store_not_empty`,
 * `copy_differs`, `store_unavailable`, `store_invalid`; then the target is as it was.
 */
export async function copyState(
  from: string,
  to: string,
  { now, hex }: Pick<OpenOptions, "now" | "hex">,
): Promise<CopyReport> {
  const since = now();
  const source = await transferOf(from).from(from, since);
  try {
    const target = await transferOf(to).to(to, source.stateId, since, hex);
    try {
      const report = { revision: 0, definition: 0, window: 0, rollup: 0, record: 0, apiKey: 0, files: 0 };
      let batch: StatePiece[] = [];
      for await (const piece of source.pieces()) {
        if (piece.kind === "entry") report.revision = piece.entry.revision;
        else report[piece.kind]++;
        batch.push(piece);
        if (batch.length < AT_ONCE) continue;
        await target.add(batch);
        batch = [];
      }
      await target.add(batch);
      if ((await digestOf(target.pieces())) !== (await digestOf(source.pieces())))
        throw new FigError(
          "copy_differs",
          "the source changed while it was copied; the target is as it was",
          {
            remedy: "Stop the front doors that run on it, and copy again.",
          },
        );
      await target.commit();
      const { revision, definition, window, rollup, apiKey } = report;
      return {
        ...{ stateId: source.stateId, revision, definitions: definition },
        ...{ windows: window, rollups: rollup, apiKeys: apiKey },
      };
    } catch (error) {
      await target.discard();
      throw error;
    }
  } finally {
    await source.close();
  }
}
