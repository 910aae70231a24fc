import { apiKeys } from "./api-keys.ts";
import { authorizer } from "./authorizer.ts";
import { body } from "./body.ts";
import { cache } from "./cache.ts";
import { compress } from "./compress.ts";
import type { DoorLayer, SideLayer } from "./contract.ts";
import { cors } from "./cors.ts";
import { forwardIdentity } from "./forward-identity.ts";
import { functionEvents } from "./function-events.ts";
import { servedErrors, shadowErrors } from "./graphql-errors.ts";
import { servedGrpcErrors, shadowGrpcErrors } from "./grpc-errors.ts";
import { headers } from "./headers.ts";
import { identityToken } from "./identity-token.ts";
import { jwt } from "./jwt.ts";
import { limit } from "./limit.ts";
import { login } from "./login.ts";
import { messageValues } from "./message-values.ts";
import { networks } from "./networks.ts";
import { redirect } from "./redirect.ts";
import { respond } from "./respond.ts";
import { rewriteAnswers } from "./rewrite-answers.ts";
import { transform } from "./transform.ts";
import { validate } from "./validate.ts";
import { validateAnswers } from "./validate-answers.ts";
import { websocket } from "./websocket.ts";

/**
 * The order of all layers, from the client to the backend. Door layers see a request before a side is asked; then come tee
 * and fallback; then the side's own layers. A new layer is one file and one line here.
 */
export const DOOR_LAYERS: readonly DoorLayer[] = [
  // Who may read, also what those below answer.
  cors,
  // Who may ask, and what is answered here.
  networks,
  redirect,
  respond,
  // What is taken at all, and from whom.
  body,
  apiKeys,
  jwt,
  login,
  authorizer,
  // What they found out goes on to the side.
  forwardIdentity,
  limit,
  // What the document of the interface says, and how answers are sent.
  validate,
  compress,
  // What is listened to.
  servedErrors,
  servedGrpcErrors,
  // What asks a side by itself before it lets a client in.
  websocket,
];

export const SIDE_LAYERS: readonly SideLayer[] = [
  // What it gives went through all below.
  cache,
  validateAnswers,
  transform,
  headers,
  identityToken,
  rewriteAnswers,
  functionEvents,
  messageValues,
  shadowErrors,
  shadowGrpcErrors,
];
