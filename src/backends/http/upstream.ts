import type { UpstreamDefinition } from "../../domain/config.ts";
import type {
  Backend,
  BackendCall,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
} from "../contract.ts";
import { HttpCall, type Pick } from "./call.ts";
import { Endpoint } from "./endpoint.ts";

/**
 * An upstream over HTTP/1.1: its URLs in turn (round robin), one that keeps failing left out for a while (passive
 * ejection); when all are, they are tried anyway.
 */
class HttpUpstream implements Backend {
  readonly name: string;
  private readonly ownHost: boolean;
  private readonly endpoints: readonly Endpoint[];
  private readonly timeoutMs: number;
  private next = 0;
  private readonly pick: Pick = this.choose.bind(this);

  constructor(definition: UpstreamDefinition, options: BackendOptions) {
    this.name = definition.name;
    this.timeoutMs = definition.timeoutMs;
    this.endpoints = definition.urls.map((url) => new Endpoint(url, definition.connections, options));
    this.ownHost = definition.host === "upstream";
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    return new HttpCall(request, listener, this.pick, request.timeoutMs ?? this.timeoutMs, this.ownHost);
  }

  problems(): readonly string[] {
    return this.endpoints
      .filter((endpoint) => endpoint.ejected)
      .map((endpoint) => `upstream ${this.name}: ${endpoint.url} keeps failing and is left out for a while`);
  }

  close(): void {
    for (const endpoint of this.endpoints) endpoint.close();
  }

  private choose(tried: ReadonlySet<Endpoint> | undefined): Endpoint {
    const { endpoints } = this;
    const count = endpoints.length;
    if (count === 1) return endpoints[0] as Endpoint;
    const start = this.next;
    this.next = (start + 1) % count;
    let untried: Endpoint | undefined;
    for (let i = 0; i < count; i++) {
      const endpoint = endpoints[(start + i) % count] as Endpoint;
      if (tried?.has(endpoint)) continue;
      if (!endpoint.ejected) return endpoint;
      untried ??= endpoint;
    }
    return untried ?? (endpoints[start] as Endpoint);
  }
}

export const httpBackend: BackendKind = {
  create: (definition, options) => new HttpUpstream(definition, options),
};
