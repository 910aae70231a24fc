import type { Ending, OverListener, ServedRequest } from "../layers/contract.ts";
import type { ExchangeContext } from "./contract.ts";

/** Tells the layers that `ending` is over: `first`, then `others`. One that breaks keeps no other from hearing it. */
export function tellOver(
  ending: Ending,
  request: ServedRequest,
  first: OverListener | undefined,
  others: readonly OverListener[] | undefined,
  context: Pick<ExchangeContext, "layerFailed">,
): void {
  let told = 0;
  for (let next = first; next !== undefined; next = others?.[told++]) {
    try {
      next.onOver(ending, request);
    } catch (error) {
      context.layerFailed(error);
    }
  }
}
