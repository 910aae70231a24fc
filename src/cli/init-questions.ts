import { createInterface } from "node:readline/promises";
import { messageOf } from "../domain/errors.ts";
import type { CliDeps } from "./contract.ts";
import { INIT_DEFAULTS, type InitAnswers, routeIdFor } from "./init-files.ts";
import { type InitOptions, listenOption, originOption, pathOption } from "./init-options.ts";

/**
 * Asks those of the four questions that no flag answered, each until its answer can be used. Undefined: the user left (Ctrl-C,
 * Ctrl-D).
 */
export async function askInit(deps: CliDeps, given: InitOptions): Promise<InitAnswers | undefined> {
  const left = new AbortController();
  const prompt = createInterface({
    input: deps.stdin,
    output: deps.stdout as unknown as NodeJS.WritableStream,
    terminal: true,
  });
  prompt.on("SIGINT", () => left.abort());
  prompt.on("close", () => left.abort());
  const ask = async (
    question: string,
    fallback: string,
    flag: string | undefined,
    check: (text: string) => string,
  ): Promise<string> => {
    if (flag !== undefined) return flag;
    for (;;) {
      const answer = (await prompt.question(`${question} [${fallback}] `, { signal: left.signal })).trim();
      try {
        return check(answer === "" ? fallback : answer);
      } catch (error) {
        deps.stderr.write(`${messageOf(error)}\n`);
      }
    }
  };
  try {
    const listen = await ask("Clients will talk to", INIT_DEFAULTS.listen, given.listen, listenOption);
    const legacy = await ask("URL of the monolith", INIT_DEFAULTS.legacy, given.legacy, originOption);
    const modern = await ask("URL of the new service", INIT_DEFAULTS.modern, given.modern, originOption);
    const path = await ask("First path to move", INIT_DEFAULTS.path, given.path, pathOption);
    return { listen, legacy, modern, path, route: given.route ?? routeIdFor(path) };
  } catch (error) {
    if (left.signal.aborted) return undefined;
    throw error;
  } finally {
    prompt.close();
  }
}
