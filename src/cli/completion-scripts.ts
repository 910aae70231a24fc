/** A word that may follow, and what it does. */
interface Word {
  readonly text: string;
  readonly does: string;
}

/** What may follow a command's name. */
export interface Completions {
  /** `migrate up`; empty: fig itself. */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** It takes a route's id. */
  readonly routes: boolean;
  /** Words that its argument takes. */
  readonly choices: readonly string[];
}

/** Shells whose completion is known. Each script asks `fig completion routes` for ids, of the files that lie here. */
export const SHELLS: Readonly<Record<string, (all: readonly Completions[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function texts({ commands, options, choices }: Completions): string {
  return [...commands.map(({ text }) => text), ...choices, ...options.map(({ text }) => text)].join(" ");
}

/** Walks the words before the cursor: `walked` is the command they name. Bash and zsh read it alike; `path` is PATH to zsh. */
function pathCases(all: readonly Completions[]): string {
  const paths = all.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return `case "\${walked:+$walked }$word" in ${paths.join("|")}) walked="\${walked:+$walked }$word" ;; esac`;
}

function bashScript(all: readonly Completions[]): string {
  const cases = all.map((each) => {
    const routes = each.routes ? ' words+=" $(fig completion routes 2>/dev/null)"' : "";
    return `    ${quoted(each.path)}) words=${quoted(texts(each))};${routes} ;;`;
  });
  return `# eval "$(fig completion bash)"
_fig() {
  local word words="" walked="" current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in -c|--config) COMPREPLY=($(compgen -f -- "$current")); return ;; --dir) COMPREPLY=($(compgen -d -- "$current")); return ;; esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${pathCases(all)}
  done
  case "$walked" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _fig fig strangler-fig
`;
}

function zshScript(all: readonly Completions[]): string {
  const described = (words: readonly Word[]) =>
    words.map(({ text, does }) => quoted(`${text.replaceAll(":", "\\:")}:${does}`)).join(" ");
  const cases = all.map((each) => {
    const choices = each.choices.map((text) => ({ text, does: "" }));
    const lines = [
      `subcommands=(${described([...each.commands, ...choices])})`,
      `flags=(${described(each.options)})`,
    ];
    if (each.routes) lines.push(`routes=(\${(f)"$(fig completion routes 2>/dev/null)"})`);
    return `    ${quoted(each.path)}) ${lines.join("; ")} ;;`;
  });
  return `#compdef fig strangler-fig
# eval "$(fig completion zsh)", after compinit
_fig() {
  local word walked=""
  local -a subcommands flags routes
  case "\${words[CURRENT-1]}" in -c|--config) _files; return ;; --dir) _files -/; return ;; esac
  for word in "\${(@)words[2,CURRENT-1]}"; do
    ${pathCases(all)}
  done
  case "$walked" in
${cases.join("\n")}
  esac
  (( \${#subcommands} )) && _describe command subcommands
  (( \${#routes} )) && compadd -- "\${routes[@]}"
  [[ "\${words[CURRENT]}" == -* ]] && _describe option flags
  return 0
}
compdef _fig fig strangler-fig
`;
}

function fishScript(all: readonly Completions[]): string {
  const lines: string[] = [];
  for (const { path, commands, options, routes, choices } of all) {
    const here = `-n ${quoted(`test (__fig_path) = ${quoted(path)}`)}`;
    for (const { text, does } of commands)
      lines.push(`complete -c fig -f ${here} -a ${quoted(text)} -d ${quoted(does)}`);
    for (const text of choices) lines.push(`complete -c fig -f ${here} -a ${quoted(text)}`);
    if (routes) lines.push(`complete -c fig -f ${here} -a '(fig completion routes 2>/dev/null)'`);
    for (const { text, does } of options)
      lines.push(`complete -c fig ${here} -l ${quoted(text.replace(/^--/, ""))} -d ${quoted(does)}`);
  }
  const paths = all.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return `# fig completion fish | source
function __fig_path
  set -l path ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$path $word")
    contains -- "$next" ${paths.join(" ")}; and set path $next
  end
  echo "$path"
end
${lines.join("\n")}
complete -c strangler-fig -w fig
`;
}
