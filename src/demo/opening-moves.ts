import type { Control } from "../control/contract.ts";
import { FigError } from "../domain/errors.ts";

/** What a team would have done in the days before: each step of migrations/ that is applied when the demo opens. */
const APPLIED: readonly { readonly by: string; readonly reason: string }[] = [
  { by: "anna", reason: "Monday: look at what the catalog service answers; nobody is served by it" },
  { by: "anna", reason: "Monday: the orders service too, reads only" },
  { by: "ben", reason: "Tuesday: 12,000 product pages compared without a difference" },
  { by: "ben", reason: "Wednesday: first quarter of the clients reads orders from the new service" },
];

/** Through the control API, like everyone else. A step that is refused, because the user edited migrations/, is reported. */
export async function makeOpeningMoves(control: Control): Promise<void> {
  for (const move of APPLIED) {
    const result = await control.migrate({ action: "up", ...move });
    if (!result.written)
      throw new FigError("demo_position", "a step of the demo's migrations changed nothing", {
        remedy: "restore migrations/ of the package",
      });
  }
}
