import { resolve } from "node:path";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import type { CliSignal, ReadyInfo, ServeHandle } from "./contract.ts";
import { requireFile } from "./files.ts";
import { withConfig } from "./options.ts";
import { typedAs } from "./typed-as.ts";

interface ServeCommandOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const serveCommand: CliCommand = {
  name: "serve",
  register(program, context) {
    const command = program
      .command("serve")
      .description(
        "run the front door until SIGTERM or Ctrl-C drains it; SIGHUP reads the files again, SIGUSR1 opens the access log anew",
      );
    withConfig(command)
      .option("--json", "print the ready line of JSON on a terminal too; elsewhere it always is")
      .action((options: ServeCommandOptions) => context.run(() => serve(context, options)));
    withExamples(command, "fig serve", "fig serve -c /etc/fig/fig.yaml");
  },
};

async function serve(context: CliContext, options: ServeCommandOptions): Promise<number> {
  const { deps, terminal } = context;
  const file = resolve(deps.cwd, requireFile(deps, options.config));
  const signals = listen(context);
  try {
    const handle = await deps.serve({ file, env: deps.env });
    if (deps.stdout.isTTY === true && options.json !== true) printBanner(context, handle.ready);
    else terminal.raw(`${JSON.stringify(handle.ready)}\n`);
    return await Promise.race([handle.closed, signals.govern(handle)]);
  } finally {
    signals.release();
  }
}

/** What a person reads; a program reads the line of JSON. */
function printBanner({ deps, terminal }: CliContext, { urls, adminUrl, stateId, revision }: ReadyInfo): void {
  const { line, paint } = terminal;
  line(`${paint.bold(`strangler-fig ${deps.version}`)} is ready`);
  for (const [index, url] of urls.entries()) line(`  ${(index === 0 ? "clients" : "").padEnd(11)}${url}`);
  line(`  ${"dashboard".padEnd(11)}${adminUrl}`);
  line(`  ${"ledger".padEnd(11)}revision ${revision}, state ${stateId}`);
  line(
    paint.dim(
      `Ctrl-C drains and ends it. \`${typedAs(deps.env, deps.packageRoot)} status\` says where every route stands.`,
    ),
  );
}

/** What a shell shows for a process that a signal ended. */
const SIGNAL_EXIT: Readonly<Record<Exclude<CliSignal, "SIGUSR1">, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

interface Governor {
  /** From here on signals act on this front door; resolves only when a second one wants out at once. */
  govern(handle: ServeHandle): Promise<number>;
  release(): void;
}

/** Heard from the first moment: a signal that comes while the front door starts drains it as soon as it stands. */
function listen(context: CliContext): Governor {
  const { deps, terminal } = context;
  let door: ServeHandle | undefined;
  let stopping = false;
  const out = Promise.withResolvers<number>();
  const end = (signal: "SIGINT" | "SIGTERM") => (): void => {
    if (stopping) {
      out.resolve(SIGNAL_EXIT[signal]);
      return;
    }
    stopping = true;
    terminal.errorLine(`fig: ${signal}: draining; a second signal stops at once`);
    // `closed` carries the outcome.
    door?.stop().catch(() => {});
  };
  const release = [
    deps.onSignal("SIGINT", end("SIGINT")),
    deps.onSignal("SIGTERM", end("SIGTERM")),
    deps.onSignal("SIGHUP", () => {
      door?.reload().catch(() => {});
    }),
    // Unheard it would begin Node's debugger. A log that is not open yet is opened under its name.
    deps.onSignal("SIGUSR1", () => {
      door?.reopenLogs().catch(() => {});
    }),
  ];
  return {
    govern(handle) {
      door = handle;
      if (stopping) handle.stop().catch(() => {});
      return out.promise;
    },
    release() {
      for (const each of release) each();
    },
  };
}
