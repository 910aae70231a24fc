import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { aws4 } from "../../support/counterparts.ts";

export const CALLER = { accessKeyId: "FIGCHATPUBLISHER1", secretAccessKey: "the-chat-publishers-own-secret" };
export const CONNECTIONS = { keys: [{ id: CALLER.accessKeyId, secret: CALLER.secretAccessKey }] };

export interface ManagementAnswer {
  readonly status: number;
  readonly error?: string;
  readonly Identity?: { readonly SourceIp: string; readonly UserAgent?: string };
  readonly ConnectedAt?: string;
  readonly LastActiveAt?: string;
}

/** AWS's own client in a process of its own. */
export function startManagementClient(endpoint: string) {
  const program = fileURLToPath(new URL("management-client.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, endpoint], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...{ PATH: process.env.PATH, AWS_REGION: "eu-central-1" },
      ...{ AWS_ACCESS_KEY_ID: CALLER.accessKeyId, AWS_SECRET_ACCESS_KEY: CALLER.secretAccessKey },
    },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line: string): Promise<ManagementAnswer> {
      child.stdin.write(`${line}\n`);
      return JSON.parse((await lines.next()).value as string) as ManagementAnswer;
    },
    close: () => child.kill(),
  };
}

/** A request to `@connections` that aws4 signs. */
export async function askSigned(
  base: string,
  method: string,
  path: string,
  body = "",
  changed: (headers: Record<string, string>) => Record<string, string> = (headers) => headers,
): Promise<Response> {
  const url = new URL(`${base}${path}`);
  const request = {
    ...{ service: "execute-api", region: "eu-central-1", method, host: url.host },
    path: `${url.pathname}${url.search}`,
    ...(body === "" ? {} : { body }),
    headers: { "content-type": "application/octet-stream" },
  };
  const { headers } = aws4().sign(request, CALLER);
  const sent = Object.fromEntries(
    Object.entries(changed(headers)).filter(([name]) => !/^(?:host|content-length)$/i.test(name)),
  );
  return await fetch(url, { method, headers: sent, ...(body === "" ? {} : { body }) });
}
