import type { Command } from "commander";
import type { CliContext } from "./command.ts";
import type { CliDeps } from "./contract.ts";
import { EXIT } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { createTerminal } from "./terminal.ts";

/** docs/reference/cli.md: the help of every command, as commander prints it, so that it cannot say anything else. */
export function referenceCli(): string {
  const program = createProgram(documentContext(), []);
  const sections = program.commands
    .filter((command) => command.name() !== "help")
    .flatMap((command) => [section(command, 2), ...command.commands.map((child) => section(child, 3))]);
  return `${[HEAD, section(program, 2), ...sections].join("\n")}`;
}

const HEAD = `# Command line

\`node scripts/write-reference-cli.mjs\` writes this page from the commands' own help. A test compares the two.

| exit code | means |
|---|---|
| ${EXIT.done} | done |
| ${EXIT.failed} | failed |
| ${EXIT.usage} | wrong usage, or files that do not pass |
| ${EXIT.refused} | refused: a gate, a conflict, drift, nothing to undo; the reasons are on stderr |

Errors go to stderr as \`fig: code: message\`, with their reasons and a remedy. With \`--json\` they are one line of JSON. Colour is used
only on a terminal, and not if NO_COLOR is set or \`--no-color\` is given.

| environment | means |
|---|---|
| \`FIG_ADMIN_TOKEN\` | the front door's \`adminToken\`, sent to its admin API |
| \`FIG_BY\` | who shifts, if \`--by\` does not say it |
| \`NO_COLOR\` | no colour |
| \`FIG_DEBUG\` | errors with their stack |

The commands act through the running front door if the one at \`admin\` (or \`--admin\`) answers for the state that fig.yaml
names. Otherwise they act on that state directly, with the same code. If another state answers, or if something takes the connection and gives
no answer within 5 s, stderr says so. After 1.5 s they say what they wait for.
`;

function section(command: Command, level: number): string {
  const names: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name());
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return `${"#".repeat(level)} ${names.join(" ")}\n\n\`\`\`text\n${help.trim()}\n\`\`\`\n`;
}

/** A context that only help is asked of. */
function documentContext(): CliContext {
  const silent = { write: () => true, on: () => undefined, off: () => undefined };
  const streams = { stdout: silent, stderr: silent, env: {}, version: "" };
  const deps: Pick<CliDeps, "stdout" | "stderr" | "env" | "version"> = streams;
  return {
    deps: deps as CliDeps,
    terminal: createTerminal(deps as CliDeps, []),
    run: () => Promise.resolve(),
  };
}
