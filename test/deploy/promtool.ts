import { spawnSync } from "node:child_process";

/** Whether Debian's `prometheus` is here; with CI=true its absence fails whoever needs it. */
export const PROMTOOL = spawnSync("promtool", ["--version"]).status === 0;

export const WITHOUT =
  "promtool is not here (`apt-get install prometheus`): the rules' own tests are not run";

export function promtool(
  args: readonly string[],
  input?: string,
): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("promtool", args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { ok: status === 0, output: `${stdout}${stderr}` };
}
