import type { AwsService, Signable } from "../../aws/contract.ts";
import type { BucketUpstream } from "../../domain/config.ts";
import type { Deadlines } from "../../domain/deadlines.ts";
import { inPath, type ObjectTarget } from "../../domain/object-target.ts";
import type { UpstreamState } from "../../domain/upstream-state.ts";
import { uriEncoded } from "../../domain/uri-encoded.ts";
import type {
  BackendCall,
  BackendErrorCode,
  BackendKind,
  BackendListener,
  BackendOptions,
  BackendRequest,
  Upstream,
} from "../contract.ts";
import { NO_CALL } from "../give-refusal.ts";
import { httpBackend } from "../http/upstream.ts";
import { unaskedState } from "../unasked-state.ts";
import { type CallHome, ObjectCall, refuseObject } from "./call.ts";
import { type ObjectAsked, objectRequest } from "./object-request.ts";

/** How long a denied request is spoken of. */
const DENIED_MS = 5 * 60_000;

const NO_REGION = "no Region is known: set `region`, or AWS_REGION in the environment";

/** Where a bucket is. */
interface Place {
  readonly origin: string;
  readonly host: string;
  /** Before every key: "", or with a first slash and without a last one. */
  readonly folder: string;
  readonly secure: boolean;
}

function placeOf(target: ObjectTarget, service: AwsService | undefined): Place | undefined {
  if (service?.url === undefined || service.region === undefined) return undefined;
  const base = service.url.pathname.replace(/\/$/, "");
  const named = inPath(target, service.own);
  const url = new URL(service.url);
  if (!named) url.hostname = `${target.bucket}.${url.hostname}`;
  return {
    ...{ origin: url.origin, host: url.host, secure: url.protocol === "https:" },
    folder: named ? `${base}/${target.bucket}` : base,
  };
}

/** A bucket of S3: an upstream over HTTP whose requests are written anew and signed. */
class BucketOfS3 implements Upstream {
  readonly name: string;
  private readonly target: ObjectTarget;
  private readonly deadlines: Deadlines;
  private readonly home: CallHome | undefined;
  private readonly http: Upstream | undefined;
  /** What is wrong since it answered last; undefined: nothing. */
  private trouble: string | undefined = undefined;
  private denied: { readonly detail: string; readonly atMs: number } | undefined = undefined;

  constructor(definition: BucketUpstream, options: BackendOptions) {
    const { name, s3, timeoutMs, connections, tls, retries } = definition;
    this.name = name;
    this.target = s3;
    this.deadlines = options.deadlines;
    const service = options.aws?.service("s3", s3);
    const place = placeOf(s3, service);
    if (service === undefined || place === undefined) return;
    this.http = httpBackend.create(
      { name, kind: "http", urls: [place.origin], host: "upstream", timeoutMs, connections, tls, retries },
      options,
    );
    this.home = {
      ...{ http: this.http, service, timeoutMs, deadlines: options.deadlines },
      signable: (asked) => this.signable(asked, place),
      answered: () => {
        this.trouble = undefined;
      },
      failed: (code, detail) => this.failed(code, detail),
    };
  }

  open(request: BackendRequest, listener: BackendListener): BackendCall {
    const asked = objectRequest(request, this.target);
    if (asked.kind === "refuse") return refuseObject(request, asked, listener);
    if (this.home === undefined) {
      listener.onError("bucket_refused", NO_REGION, true);
      return NO_CALL;
    }
    return new ObjectCall(request, asked, listener, this.home).begin();
  }

  problems(): readonly string[] {
    const { name, http, trouble } = this;
    if (http === undefined) return [`upstream ${name}: its bucket cannot be asked (${NO_REGION})`];
    const own = trouble === undefined ? [] : [`upstream ${name}: its bucket cannot be asked (${trouble})`];
    return [...own, ...http.problems()];
  }

  warnings(): readonly string[] {
    const { denied, name } = this;
    const told = denied !== undefined && this.deadlines.now - denied.atMs < DENIED_MS;
    return [
      ...(told ? [`upstream ${name}: its bucket denied a request (${denied.detail})`] : []),
      ...(this.http?.warnings() ?? []),
    ];
  }

  state(): UpstreamState {
    return this.http?.state() ?? unaskedState(this.name);
  }

  certificate() {
    return this.http?.certificate();
  }

  close(): void {
    this.http?.close();
  }

  private signable({ method, key, query, headers, framing }: ObjectAsked, place: Place): Signable {
    // Chunks are for bytes of objects. What is POSTed is the list of an object's parts.
    const streamed = place.secure || method === "POST" ? ("unsigned" as const) : ("chunks" as const);
    return {
      ...{ method, host: place.host, query, headers },
      path: key === "" ? place.folder || "/" : `${place.folder}/${key.split("/").map(uriEncoded).join("/")}`,
      body: framing > 0 ? { streamed, bytes: framing } : "",
    };
  }

  private failed(code: BackendErrorCode, detail: string): void {
    if (code === "bucket_refused") this.trouble = detail;
    else if (code === "object_denied") this.denied = { detail, atMs: this.deadlines.now };
  }
}

export const s3Backend: BackendKind<BucketUpstream> = {
  create: (definition, options) => new BucketOfS3(definition, options),
};
