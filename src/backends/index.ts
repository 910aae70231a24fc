import type { UpstreamDefinition } from "../domain/config.ts";
import type { BackendKind, BackendOptions, Upstream } from "./contract.ts";
import { httpBackend } from "./http/upstream.ts";

/** Every kind of backend there is, by the `kind` of its upstreams: one line each. */
const BACKEND_KINDS: Readonly<Record<UpstreamDefinition["kind"], BackendKind>> = { http: httpBackend };

/** The backend that a definition asks for. */
export function createBackend(definition: UpstreamDefinition, options: BackendOptions): Upstream {
  return BACKEND_KINDS[definition.kind].create(definition, options);
}
