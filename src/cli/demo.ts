import { runDemo } from "../demo/run-demo.ts";
import { createAdminClient } from "./admin-client.ts";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { durationOption, rateOption } from "./options.ts";
import { typedAs } from "./typed-as.ts";

interface DemoCommandOptions {
  readonly for?: number;
  readonly rate?: number;
  readonly json?: boolean;
}

const DEFAULT_DEMO_RATE = 150;

export const demoCommand: CliCommand = {
  name: "demo",
  register(program, context) {
    const command = program
      .command("demo")
      .description(
        "a small monolith, two services, a function, traffic and a front door, on free ports with throwaway state",
      )
      .option("--for <duration>", "end after this long, e.g. 30s (default: until Ctrl-C)", durationOption)
      .option("--rate <n>", `requests a second (default: ${DEFAULT_DEMO_RATE})`, rateOption)
      .option("--json", "print only the final summary, as JSON")
      .action((options: DemoCommandOptions) => context.run(() => demo(context, options)));
    withExamples(command, "fig demo", "fig demo --for 30s --json");
  },
};

async function demo(context: CliContext, options: DemoCommandOptions): Promise<number> {
  const { deps, terminal } = context;
  const stopped = Promise.withResolvers<void>();
  const atOnce = Promise.withResolvers<number>();
  let signals = 0;
  const onSignal = (code: number) => (): void => {
    signals++;
    if (signals === 1) stopped.resolve();
    else atOnce.resolve(code);
  };
  const release = [deps.onSignal("SIGINT", onSignal(130)), deps.onSignal("SIGTERM", onSignal(143))];
  try {
    const run = runDemo(
      {
        clock: deps.clock,
        packageRoot: deps.packageRoot,
        serve: (file, more) => deps.serve({ file, env: { ...deps.env, ...more }, quiet: true }),
        connect: (origin) => createAdminClient({ origin, token: undefined }),
        stopped: stopped.promise,
        // `npm start` in a clone: there fig is no command of its own.
        command: typedAs(deps.env, deps.packageRoot),
        screen: {
          write: (text) => terminal.raw(text),
          live: deps.stdout.isTTY === true && deps.env.TERM !== "dumb",
          bold: terminal.paint.bold,
          dim: terminal.paint.dim,
        },
        note: (text) => terminal.errorLine(`fig: ${text}`),
      },
      { forMs: options.for, rate: options.rate ?? DEFAULT_DEMO_RATE, json: options.json === true },
    );
    return await Promise.race([run, atOnce.promise]);
  } finally {
    for (const each of release) each();
  }
}
