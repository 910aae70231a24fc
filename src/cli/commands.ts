import { autopilotCommand } from "./autopilot.ts";
import { cacheCommand } from "./cache.ts";
import { checkCommand } from "./check.ts";
import type { CliCommand } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { demoCommand } from "./demo.ts";
import { diffCommand } from "./diff.ts";
import { explainCommand } from "./explain.ts";
import { filesCommand } from "./files-command.ts";
import { gateCommand } from "./gate.ts";
import { historyCommand } from "./history.ts";
import { importCommand } from "./import.ts";
import { initCommand } from "./init.ts";
import { keysCommand } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { policiesCommand } from "./policies.ts";
import { resumeCommand } from "./resume.ts";
import { rollbackCommand } from "./rollback.ts";
import { serveCommand } from "./serve.ts";
import { shiftCommand } from "./shift.ts";
import { stateCommand } from "./state.ts";
import { statusCommand } from "./status.ts";

/** In the order `fig --help` lists them. */
export const COMMANDS: readonly CliCommand[] = [
  initCommand,
  importCommand,
  serveCommand,
  checkCommand,
  statusCommand,
  shiftCommand,
  rollbackCommand,
  resumeCommand,
  migrateCommand,
  autopilotCommand,
  gateCommand,
  historyCommand,
  filesCommand,
  diffCommand,
  explainCommand,
  cacheCommand,
  keysCommand,
  policiesCommand,
  stateCommand,
  demoCommand,
  completionCommand,
];
