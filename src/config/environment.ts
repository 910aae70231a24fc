/** References inside values, to the environment and to `vars`: `${NAME}`, `${vars.name}`, `${NAME:-fallback}`, and `$${` for a literal `${`. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** A scalar that came, wholly or in part, from the environment. Messages show `source`, never `text`. */
export class EnvironmentText {
  readonly text: string;
  /** As it stands in the file. */
  readonly source: string;
  /** A reference could not be filled in. That is in the list already, so `text` is not checked. */
  readonly broken: boolean;

  constructor(text: string, source: string, broken: boolean) {
    this.text = text;
    this.source = source;
    this.broken = broken;
  }
}

interface ReferenceProblem {
  readonly message: string;
  readonly remedy: string;
}

const REFERENCE = /\$\$\{|\$\{(vars\.[A-Za-z_][A-Za-z0-9_-]*|[A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

/** `rest` begins where the reference does. */
function remedyOf(rest: string): string {
  const [, asked] = /^\$\{((?:request|context)\.[\w.$[\]-]+)\}/.exec(rest) ?? [];
  if (asked !== undefined) return `for a value of the request write $${asked}, without braces`;
  return `write \${NAME} or \${NAME:-fallback}, and $\${ for a literal \${`;
}

/**
 * Fills in a text's references. As in a shell, `:-` also replaces a variable that is set but empty; a fallback ends at the
 * first `}`. Gives the text itself when it has no reference. `used` is called with each variable's name and value.
 */
export function fillIn(
  source: string,
  environment: Environment,
  used: (name: string, value: string) => void,
  problem: (problem: ReferenceProblem) => void,
): string | EnvironmentText {
  if (!source.includes("${")) return source;
  let referred = false;
  let broken = false;
  const text = source.replace(REFERENCE, (whole: string, name?: string, fallback?: string, at = 0) => {
    if (whole === "$${") return "${";
    if (name === undefined) {
      broken = true;
      problem({
        message: "${ does not begin a valid reference",
        remedy: remedyOf(source.slice(at)),
      });
      return "";
    }
    referred = true;
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value !== undefined && (value !== "" || fallback === undefined)) {
      used(name, value);
      return value;
    }
    if (fallback !== undefined) return fallback;
    broken = true;
    problem(
      name.startsWith("vars.")
        ? {
            message: `there is no variable ${name}`,
            remedy: `write it under vars in fig.yaml, or give it a fallback: \${${name}:-value}`,
          }
        : {
            message: `the environment variable ${name} is not set`,
            remedy: `set ${name}, or give it a fallback: \${${name}:-value}`,
          },
    );
    return "";
  });
  return referred || broken ? new EnvironmentText(text, source, broken) : text;
}

/** A text of the command line with its references filled in, or the first thing that is wrong with them. */
export function filledIn(source: string, environment: Environment): string | ReferenceProblem {
  const problems: ReferenceProblem[] = [];
  const text = fillIn(
    source,
    environment,
    () => undefined,
    (problem) => problems.push(problem),
  );
  return problems[0] ?? (typeof text === "string" ? text : text.text);
}
