import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import express from "express";
import { aws4, counterpart } from "./counterparts.ts";
import { freePort } from "./free-port.ts";

export const AWS_KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: AWS_KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: AWS_KEYS.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

export interface Front {
  readonly url: string;
  /** Of requests that passed: `X-Amz-Target` without its version. */
  readonly actions: string[];
  readonly refused: string[];
  /** Answers in its place; undefined: as usual. */
  misbehave: RequestListener | undefined;
  close(): Promise<void>;
}

const actionOf = (target: unknown) => String(target).split(".").at(-1) ?? "";

async function listening(listener: RequestListener, more: Omit<Front, "url" | "close">): Promise<Front> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(more, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

interface Aws4Express {
  awsVerify(options: object): express.RequestHandler;
  rawBodyFromVerify: (...all: unknown[]) => void;
}

/** Kinesis by kinesis-local, which looks at no signature, behind aws4-express, which does. */
export async function startKinesis(streams: string): Promise<Front> {
  const folder = dirname(
    fileURLToPath(new URL("../counterparts/node_modules/kinesis-local/main.js", import.meta.url)),
  );
  const [plain, secure] = [await freePort(), await freePort()];
  const child: ChildProcess = spawn(
    process.execPath,
    // It would listen on every address.
    ["--require", fileURLToPath(new URL("loopback-only.cjs", import.meta.url)), join(folder, "main.js")],
    {
      cwd: folder,
      stdio: "ignore",
      env: {
        ...{
          PATH: process.env.PATH,
          LOG_LEVEL: "ERROR",
          INITIALIZE_STREAMS: streams,
          AWS_REGION: "eu-central-1",
        },
        ...{ KINESIS_MOCK_PLAIN_PORT: String(plain), KINESIS_MOCK_TLS_PORT: String(secure) },
      },
    },
  );
  const ended = once(child, "exit");
  const { awsVerify, rawBodyFromVerify } = counterpart("@filen/aws4-express") as Aws4Express;
  const front: Omit<Front, "url" | "close"> = { actions: [], refused: [], misbehave: undefined };
  const app = express();
  app.use((incoming, response, next) => {
    if (front.misbehave === undefined) next();
    else front.misbehave(incoming, response);
  });
  app.use(express.raw({ type: "*/*", limit: "20mb", verify: rawBodyFromVerify }));
  const refuse = (name: string) => (_request: unknown, response: express.Response) => {
    front.refused.push(name);
    response.status(400).json({ __type: name });
  };
  app.use(
    awsVerify({
      secretKey: ({ accessKey }: { accessKey: string }) =>
        accessKey === AWS_KEYS.accessKeyId ? AWS_KEYS.secretAccessKey : "unknown",
      onMissingHeaders: refuse("MissingAuthenticationTokenException"),
      onSignatureMismatch: refuse("InvalidSignatureException"),
      onExpired: refuse("ExpiredTokenException"),
    }),
  );
  app.use((incoming, response) => {
    front.actions.push(actionOf(incoming.headers["x-amz-target"]));
    const { headers, method } = incoming;
    const passed = httpRequest({ host: "127.0.0.1", port: plain, method, path: "/", headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.status(500).end()).end(incoming.body);
  });
  const started = await listening(app, front);
  const up = async () => {
    const listed = await fetch(`http://127.0.0.1:${plain}/healthcheck`).catch(() => undefined);
    return listed?.ok === true;
  };
  for (let tries = 0; !(await up()); tries++) {
    if (tries > 600 || child.exitCode !== null) throw new Error("kinesis-local did not start");
    await delay(100);
  }
  const { close } = started;
  return Object.assign(started, {
    close: async () => {
      child.kill("SIGKILL");
      await ended;
      await close();
    },
  });
}

interface Queued {
  readonly body: string;
  readonly group: string | undefined;
  readonly deduplication: string | undefined;
  /** `MessageAttributes`, where there are any. */
  readonly attributes?: object;
  readonly delay?: number;
}

/** SQS's SendMessage and SendMessageBatch as JSON: signatures are computed anew by aws4. */
export async function startSqs(): Promise<Front & { readonly queued: Queued[] }> {
  const queued: Queued[] = [];
  const front: Omit<Front, "url" | "close"> = { actions: [], refused: [], misbehave: undefined };
  const take = (
    entry: Record<string, string> & { readonly MessageAttributes?: object; readonly DelaySeconds?: number },
  ) => {
    const { MessageAttributes: attributes, DelaySeconds: delay } = entry;
    queued.push({
      body: entry.MessageBody ?? "",
      group: entry.MessageGroupId,
      deduplication: entry.MessageDeduplicationId,
      ...(attributes === undefined ? {} : { attributes }),
      ...(delay === undefined ? {} : { delay }),
    });
    return { MessageId: `id-${queued.length}`, MD5OfMessageBody: "x", Id: entry.Id };
  };
  const started = await listening((incoming, response) => {
    if (front.misbehave !== undefined) return front.misbehave(incoming, response);
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { headers, url: path } = incoming;
      const [, region, names = ""] =
        /\/\d{8}\/([\w-]+)\/sqs\/aws4_request, SignedHeaders=([\w;-]+),/.exec(headers.authorization ?? "") ??
        [];
      const sent = Object.fromEntries(names.split(";").map((name) => [name, String(headers[name])]));
      const wanted = aws4().sign(
        {
          ...{ method: "POST", path, service: "sqs", region, body },
          headers: { ...sent, "content-length": undefined },
          extraHeadersToIgnore: { "content-length": true },
        },
        AWS_KEYS,
      );
      response.setHeader("content-type", "application/x-amz-json-1.0");
      if (wanted.headers.Authorization !== headers.authorization) {
        front.refused.push("InvalidSignature");
        response
          .writeHead(403)
          .end(JSON.stringify({ __type: "com.amazon.coral.service#InvalidSignatureException" }));
        return;
      }
      const action = actionOf(headers["x-amz-target"]);
      front.actions.push(action);
      const asked = JSON.parse(body.toString());
      if (!String(asked.QueueUrl).includes("/123456789012/"))
        response
          .writeHead(400)
          .end(JSON.stringify({ __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "no" }));
      else if (action === "SendMessage") response.end(JSON.stringify(take(asked)));
      else response.end(JSON.stringify({ Successful: asked.Entries.map(take), Failed: [] }));
    });
  }, front);
  return Object.assign(started, { queued });
}
