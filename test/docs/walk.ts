import type { Step } from "./page.ts";
import type { World } from "./world.ts";

/** Does what a page says, step by step; fails with the page's line. */
export async function walk(world: World, page: string, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const what = step.kind === "command" ? `$ ${step.text}` : step.path;
    try {
      await world.step(step);
    } catch (error) {
      throw new Error(`${page}:${step.line}: ${what}\n${(error as Error).message}`);
    }
    const next = steps[index + 1];
    const asked = next?.kind === "command" && next.text === "echo $?";
    if (!asked && world.exitCode !== 0)
      throw new Error(`${page}:${step.line}: ${what}\nexit code ${world.exitCode}`);
  }
}
