import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { FunctionResult, Invocation } from "./lambda-front.ts";

const STAND_IN = fileURLToPath(new URL("rapid-client.cjs", import.meta.url));
const RIC = fileURLToPath(new URL("../counterparts/node_modules/aws-lambda-ric/index.mjs", import.meta.url));

export interface LambdaRuntime {
  readonly pid: number;
  /** Waits for the function's answer. */
  invoke(invocation: Pick<Invocation, "event" | "name">): Promise<FunctionResult>;
  close(): Promise<void>;
}

interface Waiting {
  readonly event: string;
  readonly name: string;
  readonly done: (result: FunctionResult) => void;
}

/**
 * A function in a process of its own, run by AWS's runtime interface client over a Runtime API of ours: what the handler gets and what
 * becomes of its answer, its exceptions and its end are Lambda's. `handler`: `folder/file.export`, as Lambda names it.
 */
export async function startRuntime(folder: string, handler: string): Promise<LambdaRuntime> {
  const queue: Waiting[] = [];
  const running = new Map<string, Waiting>();
  const idle: ServerResponse[] = [];
  let serial = 0;

  function dispatch(): void {
    while (queue.length > 0 && idle.length > 0) {
      const next = queue.shift() as Waiting;
      const response = idle.shift() as ServerResponse;
      const id = `00000000-0000-4000-8000-${String(++serial).padStart(12, "0")}`;
      running.set(id, next);
      response.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": id,
        "lambda-runtime-deadline-ms": String(Date.now() + 30_000),
        "lambda-runtime-invoked-function-arn": `arn:aws:lambda:eu-central-1:123456789012:function:${next.name}`,
      });
      response.end(next.event);
    }
  }

  /** The function says its answer as it runs; how it failed is in the trailers. */
  function streamed(id: string, request: IncomingMessage, response: ServerResponse): void {
    const waiting = running.get(id);
    request.on("error", () => {});
    request.once("end", () => {
      running.delete(id);
      response.writeHead(202).end();
    });
    waiting?.done({
      chunks: request as AsyncIterable<Uint8Array>,
      failure() {
        const { trailers } = request;
        const code = trailers["lambda-runtime-function-error-type"];
        const body = Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString();
        return code === undefined ? undefined : { code, details: body };
      },
    });
  }

  const server = createServer((request, response) => {
    const [, streamedId] = /\/invocation\/([^/]+)\/response$/.exec(request.url ?? "") ?? [];
    if (
      request.headers["lambda-runtime-function-response-mode"] === "streaming" &&
      streamedId !== undefined
    ) {
      streamed(streamedId, request, response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      if (request.url?.endsWith("/invocation/next")) {
        idle.push(response);
        dispatch();
        return;
      }
      const [, id = "", what] = /\/invocation\/([^/]+)\/(response|error)$/.exec(request.url ?? "") ?? [];
      const waiting = running.get(id);
      running.delete(id);
      response.writeHead(202).end();
      waiting?.done(what === "response" ? { payload: body } : { error: body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const child: ChildProcess = spawn(process.execPath, ["--require", STAND_IN, RIC, handler], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...{
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: handler,
      },
      AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
      ...{ AWS_LAMBDA_FUNCTION_NAME: "shop-auth", AWS_LAMBDA_FUNCTION_VERSION: "$LATEST" },
      ...{
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
        AWS_LAMBDA_LOG_GROUP_NAME: "g",
        AWS_LAMBDA_LOG_STREAM_NAME: "s",
      },
    },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const crashed = () => {
    for (const waiting of [...running.values(), ...queue.splice(0)])
      waiting.done({ error: '{"errorType":"Runtime.ExitError","errorMessage":"Runtime exited"}' });
    running.clear();
  };
  void exited.then(crashed);

  return {
    pid: child.pid as number,
    invoke: ({ event, name }) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve({ error: "{}" });
        queue.push({ event: JSON.stringify(event), name, done: resolve });
        dispatch();
      }),
    async close() {
      child.kill("SIGKILL");
      await exited;
      server.close();
      server.closeAllConnections();
    },
  };
}
