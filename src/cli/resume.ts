import { type CliCommand, withExamples } from "./command.ts";
import { EXIT } from "./exit-codes.ts";
import {
  byOf,
  nonEmpty,
  reasonOf,
  revisionOption,
  type TargetOptions,
  withBy,
  withTarget,
} from "./options.ts";
import { printShift } from "./print-shift.ts";
import { onTarget } from "./target.ts";

interface ResumeOptions extends TargetOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly expectRevision?: number;
}

export const resumeCommand: CliCommand = {
  name: "resume",
  register(program, context) {
    const command = program
      .command("resume")
      .description(
        "let a route move again that a guard took back, and the routes of its cohort; nothing moves",
      )
      .argument("<route>", "the route's id")
      .option("--reason <text>", "what was put right; kept in the ledger", nonEmpty)
      .option("--dry-run", "say what it would do; write nothing")
      .option("--expect-revision <n>", "refuse if the route has a newer entry than this", revisionOption);
    withTarget(withBy(command)).action((route: string, options: ResumeOptions) =>
      context.run(() =>
        onTarget(context, options, "write", async ({ control, where }) => {
          const expectedRevision = options.expectRevision ?? (await control.revision()).revision;
          const { dryRun } = options;
          const reason = reasonOf(options);
          const by = byOf(options.by, context.deps);
          const result = await control.resume({ route, reason, by, expectedRevision, dryRun });
          printShift(context, result, where, options.json === true);
          return EXIT.done;
        }),
      ),
    );
    withExamples(command, 'fig resume orders.read --reason "the new service has its database again"');
  },
};
