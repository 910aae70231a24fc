import type { DoorLayer, SideLayer } from "./contract.ts";
import { servedErrors, shadowErrors } from "./graphql-errors.ts";
import { headers } from "./headers.ts";
import { rewriteAnswers } from "./rewrite-answers.ts";

/**
 * The order of all layers, from the client to the backend. Door layers see a request before a side is asked; then come tee
 * and fallback; then the side's own layers. A new layer is one file and one line here.
 */
export const DOOR_LAYERS: readonly DoorLayer[] = [servedErrors];

export const SIDE_LAYERS: readonly SideLayer[] = [headers, rewriteAnswers, shadowErrors];
