import { runCli } from "../../src/cli/run-cli.ts";
import type { Attention } from "../../src/control/board-contract.ts";
import type { FrontDoorConfig } from "../../src/domain/config.ts";
import { aDoor, onStore } from "../control/harness.ts";
import { fakeDeps, shop } from "./support.ts";

type Door = Awaited<ReturnType<typeof aDoor>>;

/** A front door, and `fig` acting through it. */
export interface Stage extends Door {
  fig(
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  /** Somebody else on the same state, with these files. */
  other(config: FrontDoorConfig): ReturnType<typeof onStore>;
  attention(): Promise<readonly Attention[]>;
}

export async function aStage(config: FrontDoorConfig): Promise<Stage> {
  const door = await aDoor(config);
  const cwd = await shop();
  return {
    ...door,
    async fig(...argv) {
      const deps = fakeDeps({ cwd });
      const code = await runCli(argv, {
        ...deps,
        openStore: () => Promise.resolve({ ...door.store, close: () => Promise.resolve() }),
        createControl: () => door.control,
      });
      return { code, out: deps.stdout.text(), err: deps.stderr.text() };
    },
    other: (files) => onStore(door.store, door.clock, files),
    async attention() {
      // Figures are read anew once a second.
      door.clock.pass(60_000);
      return (await door.board.overview()).attention;
    },
  };
}

/** The commands that a text gives in backticks, as a shell would split them. */
export function commandsIn(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/`fig ([^`]+)`/g)].map(([, command = ""]) =>
    [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ""),
  );
}
