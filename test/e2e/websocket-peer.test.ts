import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { converse, startRecorder } from "../../scripts/functions-table/socket-conversation.ts";
import {
  SOCKET_REASONS,
  type SocketRecord,
  socketDifferences,
  socketReasonOf,
} from "../../scripts/functions-table/socket-differences.ts";
import { startDoor } from "./support/socket-world.ts";

const RECORD = fileURLToPath(new URL("../../scripts/functions-table/socket-peer.json", import.meta.url));
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test("a conversation's events and answers are those of serverless-offline, but for differences that have a reason", async () => {
  const { said } = JSON.parse(readFileSync(RECORD, "utf8")) as SocketRecord;
  const recorder = await startRecorder(0);
  cleanups.push(() => recorder.close());
  const side = { modern: "side", retired: true };
  const { door, url } = await startDoor({
    upstreams: { side: recorder.url },
    websockets: [
      {
        ...{ id: "chat", path: "/chat", select: "$request.body.action" },
        routes: {
          ...{ $connect: side, $disconnect: side },
          ...{ $default: { ...side, respond: true }, total: { ...side, respond: true } },
        },
      },
    ],
  });
  cleanups.push(() => door.close());
  const differences = socketDifferences(said, await converse(`${url.replace("http", "ws")}/chat`, recorder));
  expect(Object.keys(said).length).toBeGreaterThanOrEqual(13);
  expect(differences.filter((difference) => socketReasonOf(difference) === undefined)).toEqual([]);
  const given = new Set(differences.map(socketReasonOf));
  expect(SOCKET_REASONS.filter((reason) => !given.has(reason)).map(({ about }) => about)).toEqual([]);
});
