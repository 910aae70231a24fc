import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exchanged, type FunctionDoor } from "../../test/e2e/support/function-rows.ts";
import { ANSWERS } from "./answers.ts";
import { keyOf, toldOf } from "./measure.ts";
import { REQUESTS } from "./requests.ts";
import { at, differing } from "./row.ts";
import { converse, startRecorder } from "./socket-conversation.ts";
import type { SocketRecord } from "./socket-differences.ts";

const FOLDER = fileURLToPath(new URL("../../test/counterparts/functions-peer", import.meta.url));
const READY_MS = 180_000;
const READY = /Server ready|\[http for websocket\] listening/;
const CONFIGS = {
  "1.0": { file: "serverless-rest.yml", port: 3151 },
  "2.0": { file: "serverless-http.yml", port: 3161 },
} as const;

/** Its function sends its events to port 3174, as the file says. */
const SOCKETS = { file: "serverless-websocket.yml", port: 3173, recorder: 3174 };

type Payload = keyof typeof CONFIGS;

/** Where a peer is another than expected: by row, and by path in the event. `null`: it did not ask the function. */
export interface PeerRecord {
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly answers: Readonly<
    Record<string, readonly [status: number, fields: readonly string[], body: string]>
  >;
}

async function startProcess(file: string): Promise<{ close(): Promise<void> }> {
  const child = spawn(process.execPath, ["node_modules/.bin/osls", "offline", "start", "--config", file], {
    ...{ cwd: FOLDER, stdio: ["ignore", "pipe", "pipe"] as const },
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`serverless-offline is not ready: ${said}`)), READY_MS);
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (!READY.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    void exited.then(() => reject(new Error(`serverless-offline ended: ${said}`)));
  });
  return {
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function startPeer(payload: Payload): Promise<FunctionDoor> {
  const { file, port } = CONFIGS[payload];
  const { close } = await startProcess(file);
  return {
    close,
    async eventOf(row) {
      const { fields } = await exchanged(port, row);
      const place = fields.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "x-event");
      return place < 0
        ? undefined
        : JSON.parse(Buffer.from(fields[place + 1] as string, "base64").toString());
    },
    answerOf({ returned }) {
      const asked = Buffer.from(returned).toString("base64");
      return exchanged(port, {
        ...{ method: "GET", target: "/answer", fields: [["X-Return", asked]], body: undefined },
      });
    },
  };
}

const versionOf = (name: string) =>
  (JSON.parse(readFileSync(`${FOLDER}/node_modules/${name}/package.json`, "utf8")) as { version: string })
    .version;

/** Asks serverless-offline everything. */
export async function recorded(): Promise<PeerRecord> {
  const doors = { "1.0": await startPeer("1.0"), "2.0": await startPeer("2.0") };
  const events: Record<string, Record<string, unknown> | null> = {};
  const answers: Record<string, readonly [number, readonly string[], string]> = {};
  try {
    for (const row of REQUESTS) {
      for (const payload of ["1.0", "2.0"] as const) {
        const event = await doors[payload].eventOf(row);
        const paths = differing(event, payload === "1.0" ? row.one : row.two);
        const key = `${payload} ${row.what}`;
        if (event === undefined) events[key] = null;
        else if (paths.length > 0)
          events[key] = Object.fromEntries(paths.map((path) => [path, told(at(event, path))]));
      }
    }
    for (const row of ANSWERS) {
      const { status, fields, body } = await doors[row.payload].answerOf(row);
      // Of an error its status is told: words and fields of it are each door's own.
      const said: readonly [number, readonly string[], string] =
        row.status === 502 ? [status, [], ""] : [status, lowered(toldOf(fields)), body];
      const wanted = [row.status, lowered(row.fields), row.body];
      if (JSON.stringify(said) !== JSON.stringify(wanted)) answers[keyOf(row)] = said;
    }
  } finally {
    for (const door of Object.values(doors)) await door.close();
  }
  return { ...asOfToday(), events, answers };
}

/** Holds a conversation with its WebSocket API. */
export async function recordedSockets(): Promise<SocketRecord> {
  const recorder = await startRecorder(SOCKETS.recorder);
  const peer = await startProcess(SOCKETS.file);
  try {
    return { ...asOfToday(), said: await converse(`ws://127.0.0.1:${SOCKETS.port}`, recorder) };
  } finally {
    await peer.close();
    recorder.close();
  }
}

function asOfToday() {
  const versions = { "serverless-offline": versionOf("serverless-offline"), osls: versionOf("osls") };
  return { date: new Date().toISOString().slice(0, 10), versions };
}

const told = (value: unknown) => (value === undefined ? "absent" : value);

/** Its server has names in lower case, in an order of its own, and adds `charset=utf-8`. */
function lowered(fields: readonly string[]): readonly string[] {
  const pairs: [string, string][] = [];
  for (let place = 0; place < fields.length; place += 2) {
    const name = (fields[place] as string).toLowerCase();
    if (HAPI_FIELDS.has(name)) continue;
    pairs.push([name, (fields[place + 1] as string).replace(/; charset=utf-8$/, "")]);
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat();
}

/** Of the server that it is built on. */
const HAPI_FIELDS: ReadonlySet<string> = new Set(["cache-control", "accept-ranges", "vary"]);
