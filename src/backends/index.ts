import type { UpstreamDefinition } from "../domain/config.ts";
import type { BackendKind, BackendOptions, Upstream } from "./contract.ts";
import { httpBackend } from "./http/upstream.ts";
import { lambdaBackend } from "./lambda/upstream.ts";
import { messageBackend } from "./messages/upstream.ts";
import { s3Backend } from "./s3/upstream.ts";

type Kinds = {
  readonly [Kind in UpstreamDefinition["kind"]]: BackendKind<Extract<UpstreamDefinition, { kind: Kind }>>;
};

/** Every kind of backend there is, by the `kind` of its upstreams: one line each. */
const BACKEND_KINDS: Kinds = {
  http: httpBackend,
  lambda: lambdaBackend,
  s3: s3Backend,
  messages: messageBackend,
};

/** The backend that a definition asks for. */
export function createBackend(definition: UpstreamDefinition, options: BackendOptions): Upstream {
  const kind = BACKEND_KINDS[definition.kind] as BackendKind<UpstreamDefinition>;
  return kind.create(definition, options);
}
