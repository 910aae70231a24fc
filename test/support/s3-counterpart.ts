import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counterpart } from "./counterparts.ts";

/** The only pair that s3rver knows. */
export const S3_KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
export const BUCKET = "shop-assets";

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
}

export interface S3Counterpart {
  readonly url: string;
  /** Every request that came. */
  readonly sent: Sent[];
  /** Answers in its place; undefined: as usual. */
  misbehave: RequestListener | undefined;
  close(): Promise<void>;
}

interface S3rver {
  new (options: object): { configureBuckets(): Promise<unknown>; callback(): RequestListener };
}

/**
 * S3 by @20minutes/s3rver, which checks signatures and lets pass who sends none: what came is kept, so that a test can say that all of
 * ours were signed.
 */
export async function startS3(tls?: { readonly key: string; readonly cert: string }): Promise<S3Counterpart> {
  const directory = mkdtempSync(join(tmpdir(), "fig-s3-"));
  const Server = counterpart("@20minutes/s3rver") as S3rver;
  const s3 = new Server({
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET }],
  });
  await s3.configureBuckets();
  const usual = s3.callback();
  const started: Omit<S3Counterpart, "url" | "close"> = { sent: [], misbehave: undefined };
  const listener: RequestListener = (request, response) => {
    const { method = "", url = "", headers, rawHeaders } = request;
    started.sent.push({ method, url, headers, rawHeaders });
    (started.misbehave ?? usual)(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(started, {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          rmSync(directory, { recursive: true, force: true });
          resolve();
        });
        server.closeAllConnections();
      }),
  });
}
