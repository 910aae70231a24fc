import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { aws4 } from "./counterparts.ts";
import { eventMessage } from "./event-messages.ts";

export const ACCESS_KEY: FrontCredentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

export interface Invocation {
  readonly name: string;
  readonly qualifier: string | null;
  readonly event: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a function returned, or how it failed, or what it says while it runs. */
export type FunctionResult =
  | { readonly payload: string | Buffer }
  | { readonly error: string }
  | {
      readonly chunks: AsyncIterable<Uint8Array>;
      /** Asked once they ended: how the function failed; undefined: it did not. */
      readonly failure: () => { readonly code: string; readonly details: string } | undefined;
    };

interface FrontCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface LambdaFrontOptions {
  readonly invoke: (invocation: Invocation) => Promise<FunctionResult> | FunctionResult;
  readonly credentials?: FrontCredentials;
  /** Milliseconds since the epoch, by AWS's clock. */
  readonly now?: () => number;
  readonly region?: string;
  readonly port?: number;
}

export interface LambdaFront {
  readonly url: string;
  readonly invocations: Invocation[];
  /** Requests that were refused, by the error's name. */
  readonly refused: string[];
  /** Streams whose caller left before they ended. */
  abandoned: number;
  /** What is done in place of an answer; undefined: as usual. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const INVOKE =
  /^\/(?:2015-03-31|(2021-11-15))\/functions\/([^/?]+)\/(?:response-streaming-)?invocations(?:\?Qualifier=([^&]+))?$/;

/**
 * AWS Lambda's Invoke and InvokeWithResponseStream over HTTP, with its checks: the signature is computed anew by aws4, the time it was made at is at most five
 * minutes off, and the body is the one that was signed.
 */
export async function startLambdaFront(options: LambdaFrontOptions): Promise<LambdaFront> {
  const { invoke, credentials = ACCESS_KEY, now = Date.now, region = "eu-central-1" } = options;

  function problemOf(request: IncomingMessage, body: Buffer): string | undefined {
    const { headers } = request;
    const { authorization = "" } = headers;
    const parts =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/lambda\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    if (parts === null) return "MissingAuthenticationTokenException";
    const [, id, , signedRegion, names = ""] = parts;
    if (id !== credentials.accessKeyId) return "UnrecognizedClientException";
    if (
      credentials.sessionToken !== undefined &&
      headers["x-amz-security-token"] !== credentials.sessionToken
    )
      return "ExpiredTokenException";
    const stamp = String(headers["x-amz-date"]);
    const signedAt = Date.parse(
      stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
    );
    if (!(Math.abs(signedAt - now()) <= 5 * MINUTE_MS)) return "InvalidSignatureException";
    const sent = Object.fromEntries(names.split(";").map((name) => [name, String(headers[name])]));
    if (sent.host === undefined || sent["x-amz-date"] === undefined) return "IncompleteSignatureException";
    const wanted = aws4().sign(
      {
        ...{ method: request.method, path: request.url, service: "lambda", region, body },
        // aws4 would sign a length of its own.
        headers: { ...sent, "content-length": undefined },
        extraHeadersToIgnore: { "content-length": true },
      },
      credentials,
    );
    const theirs = wanted.headers.Authorization ?? "";
    return signedRegion === region && theirs === authorization ? undefined : "InvalidSignatureException";
  }

  const front: Omit<LambdaFront, "url" | "close"> & { misbehave: LambdaFront["misbehave"] } = {
    invocations: [],
    refused: [],
    abandoned: 0,
    misbehave: undefined,
  };

  async function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    response.setHeader("date", new Date(now()).toUTCString());
    const problem = problemOf(request, body);
    const [, streaming, name = "", qualifier = null] = INVOKE.exec(request.url ?? "") ?? [];
    if (problem !== undefined || name === "") {
      front.refused.push(problem ?? "NotFound");
      response.setHeader(
        "x-amzn-errortype",
        `${problem ?? "ResourceNotFoundException"}:http://internal.amazon.com/coral/`,
      );
      response.writeHead(problem === undefined ? 404 : 403).end(JSON.stringify({ message: "no" }));
      return;
    }
    const invocation: Invocation = {
      name: decodeURIComponent(name),
      qualifier,
      event: JSON.parse(body.toString("utf8")),
      headers: request.headers,
    };
    front.invocations.push(invocation);
    const result = await invoke(invocation);
    response.setHeader("x-amzn-requestid", "11111111-2222-3333-4444-555555555555");
    if (streaming !== undefined) {
      await stream(result, response);
    } else if ("chunks" in result) {
      throw new Error("a function that streams was asked for a whole answer");
    } else if (request.headers["x-amz-invocation-type"] === "Event") {
      response.writeHead(202).end();
    } else if ("payload" in result) {
      response.setHeader("x-amz-executed-version", "$LATEST");
      response.end(result.payload);
    } else {
      response.setHeader("x-amz-function-error", "Unhandled");
      response.end(result.error);
    }
  }

  /** A function that does not stream gives its answer in one piece. */
  async function stream(result: FunctionResult, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    const gone = new Promise<void>((resolve) => {
      response.once("close", () => {
        if (!response.writableFinished) front.abandoned++;
        resolve();
      });
    });
    const failed = (code: string, details: string) => ({ ErrorCode: code, ErrorDetails: details });
    let end: object = {};
    if ("chunks" in result) {
      for await (const chunk of result.chunks) {
        // A caller who left does not stop the function.
        if (response.destroyed || response.write(eventMessage("PayloadChunk", chunk))) continue;
        await Promise.race([once(response, "drain"), gone]);
      }
      const failure = result.failure();
      if (failure !== undefined) end = failed(failure.code, failure.details);
    } else if ("payload" in result) {
      response.write(eventMessage("PayloadChunk", Buffer.from(result.payload)));
    } else {
      end = failed("Unhandled", result.error);
    }
    if (!response.destroyed) response.end(eventMessage("InvokeComplete", Buffer.from(JSON.stringify(end))));
  }

  const server = createServer((request, response) => {
    if (front.misbehave !== undefined) return front.misbehave(request, response);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      answer(request, response, Buffer.concat(chunks)).catch(() => response.writeHead(500).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return Object.assign(front, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
