import { type Command, InvalidArgumentError } from "commander";
import { type CliCommand, type CliContext, withExamples } from "./command.ts";
import { type Completions, SHELLS } from "./completion-scripts.ts";
import { EXIT } from "./exit-codes.ts";
import { loadFiles } from "./files.ts";

/** What a script of a shell asks for, each time; not for people. */
const ROUTES = "routes";

function shellArgument(text: string): string {
  if (text !== ROUTES && !Object.hasOwn(SHELLS, text))
    throw new InvalidArgumentError("it is bash, zsh or fish.");
  return text;
}

export const completionCommand: CliCommand = {
  name: "completion",
  register(program, context) {
    const command = program
      .command("completion")
      .description("print what makes a shell complete commands, options and the ids of routes")
      .argument("<shell>", "bash, zsh or fish", shellArgument)
      .action((shell: string) => context.run(() => completion(context, program, shell)));
    command.addHelpText(
      "after",
      '\nIn ~/.bashrc or, after compinit, ~/.zshrc: eval "$(fig completion bash)" or zsh.',
    );
    withExamples(command, "fig completion bash >> ~/.bashrc", "fig completion fish | source");
  },
};

async function completion(context: CliContext, program: Command, shell: string): Promise<number> {
  if (shell === ROUTES) return routeIds(context);
  context.terminal.raw(SHELLS[shell]?.(completionsOf(program, "")) ?? "");
  return EXIT.done;
}

/** The ids in the files here, also where other files do not pass: none where they cannot be read. */
async function routeIds(context: CliContext): Promise<number> {
  const { config } = await loadFiles(context.deps, undefined);
  for (const { id } of config?.routes ?? []) context.terminal.line(id);
  return EXIT.done;
}

/** Of a command and all below it, read off the commands themselves. */
function completionsOf(command: Command, path: string): readonly Completions[] {
  const first = (text: string) => text.split("\n")[0] ?? "";
  const commands = command.commands.map((child) => ({
    text: child.name(),
    does: first(child.description()),
  }));
  const options = command.options.map(({ long, short, description }) => ({
    text: long ?? short ?? "",
    does: first(description),
  }));
  const help = { text: "--help", does: "print help" };
  const own: Completions = {
    path,
    commands,
    options: [...options, help],
    routes: command.registeredArguments.some((argument) => argument.name() === "route"),
    choices: path === "completion" ? Object.keys(SHELLS) : [],
  };
  const below = command.commands.flatMap((child) =>
    completionsOf(child, path === "" ? child.name() : `${path} ${child.name()}`),
  );
  return [own, ...below];
}
