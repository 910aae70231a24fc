import { parse, stringify } from "yaml";
import { ProblemList } from "./document.ts";
import { type Environment, EnvironmentText } from "./environment.ts";
import { withoutCredentials } from "./redacted-files.ts";
import { pipedText, readSources } from "./sources.ts";

/** Variables are filled in; what comes from the environment stays as it is written, since it may be a secret. */
function shown(value: unknown, variables: Environment): unknown {
  if (value instanceof EnvironmentText)
    return value.source.replace(
      /\$\{(vars\.[\w-]+)(?::-[^}]*)?\}/g,
      (whole, name: string) => variables[name] ?? whole,
    );
  if (Array.isArray(value)) return value.map((item) => shown(item, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member, variables)]));
}

/** What fig.yaml, with all that it extends, and the files of routes say together. Credentials are left out. */
export async function effectiveFiles(
  file: string,
  environment: Environment,
): Promise<{ readonly text: string; readonly value: unknown }> {
  const piped = await pipedText(file);
  const { sources } = await readSources(file, environment, new ProblemList(), piped, false);
  if (sources === undefined) return { text: "", value: null };
  const { fig, routes, variableSources: variables } = sources;
  const lists = routes.flatMap(({ value }) => {
    const list = (value as { readonly routes?: unknown } | null)?.routes;
    return Array.isArray(list) ? list : [];
  });
  const whole = shown({ ...(fig.value as object), routes: lists }, variables);
  const text = withoutCredentials(
    "fig.yaml",
    stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false }),
  ).text;
  return { text, value: parse(text) };
}
