import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HTTP2_CASES } from "../conformance/http2/cases.ts";
import { FrameClient, frame, headers, TYPE } from "../conformance/http2/frames.ts";
import { type SideUpstream, type SplitDoor, startSide, startSplitDoor } from "./support/split-door.ts";
import { until as untilValue } from "./until.ts";

const until = (holds: () => boolean) => untilValue(holds, (value) => value, 8_000);

let legacy: SideUpstream;
let door: SplitDoor;
let port: number;
let asked: string[] = [];
let fields: readonly string[] = [];

beforeAll(async () => {
  legacy = await startSide("legacy", (request, response) => {
    fields = request.rawHeaders;
    asked.push(`${request.method} ${request.url}`);
    request.on("end", () => response.end("legacy"));
  });
  door = await startSplitDoor(legacy, legacy);
  port = Number(new URL(door.url).port);
});

afterAll(async () => {
  await door?.close();
  legacy?.close();
});

/** Another connection of another client is served meanwhile and after. */
async function othersAreServed(): Promise<void> {
  const other = await FrameClient.connect(port);
  other.send(headers(1));
  await until(() => other.heard.answered.get(1) === 0x88);
  other.close();
}

describe("HTTP/2 frames that are wrong, and some that are right", () => {
  test.each(HTTP2_CASES)("$name", async ({ first, send, goaway, reset, ok, refused, dropped, ignored }) => {
    asked = [];
    const client = await FrameClient.connect(port, first);
    try {
      send(client);
      if (goaway !== undefined) {
        await until(() => client.heard.goaway !== undefined || client.heard.closed);
        expect(goaway).toContain(client.heard.goaway ?? "");
        await until(() => client.heard.closed);
      } else if (reset !== undefined) {
        await until(() => client.heard.resets.has(1) || client.heard.closed);
        expect(reset).toContain(client.heard.resets.get(1) ?? client.heard.goaway);
        // Of its stream alone: the connection goes on.
        if (!client.heard.closed) {
          client.send(headers(3));
          await until(() => client.heard.answered.get(3) === 0x88);
        }
        expect(asked.filter((line) => line !== "GET /asked" && !line.startsWith("POST /asked"))).toEqual([]);
      } else if (dropped === true) {
        await until(() => client.heard.answered.has(1));
        expect(asked).toEqual(["GET /asked"]);
        expect(fields.join()).not.toMatch(/evil|x-a|x y|x:y/);
      } else if (ignored === true) {
        await until(() => client.heard.answered.has(5));
        expect(client.heard.answered.has(1) || client.heard.answered.has(3)).toBe(false);
        expect(asked).toHaveLength(1);
      } else if (ok === true) {
        await until(() => client.heard.answered.has(1));
        expect(client.heard.answered.get(1)).toBe(0x88);
      } else {
        expect(refused).toBe(true);
        await until(() => client.heard.answered.has(1) || client.heard.resets.has(1) || client.heard.closed);
        expect(client.heard.answered.get(1)).not.toBe(0x88);
        expect(asked).toEqual([]);
      }
    } finally {
      client.close();
    }
    await othersAreServed();
  });

  test("a flood of pings, settings and empty DATA whose sender reads nothing holds a bounded amount", async () => {
    const client = await FrameClient.connect(port);
    client.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 5000 }, () => frame(TYPE.PING, 0, 0, Buffer.alloc(8))));
    const acks = Buffer.concat(Array.from({ length: 5000 }, () => frame(TYPE.SETTINGS, 0, 0)));
    for (let i = 0; i < 20; i++) client.send(pings, acks);
    await othersAreServed();
    client.socket.resume();
    await until(() => client.heard.closed);
    expect(["ENHANCE_YOUR_CALM", "INTERNAL_ERROR", "PROTOCOL_ERROR", undefined]).toContain(
      client.heard.goaway,
    );
  });

  test("what the cases did is counted", async () => {
    const metrics = await (await fetch(new URL("/metrics", door.adminUrl))).text();
    expect(metrics).toMatch(/fig_http2_sessions_ended_total\{reason="enhance_your_calm"\} [1-9]/);
    expect(metrics).toMatch(/fig_http2_limits_total\{limit="resets"\} [1-9]/);
    expect(metrics).toMatch(/fig_http2_limits_total\{limit="control_frames"\} [1-9]/);
    expect(metrics).toMatch(/fig_rejected_total\{code="headers_too_large"\} [1-9]/);
    expect(metrics).toMatch(/fig_http2_sessions_ended_total\{reason="protocol_error"\} [1-9]/);
    expect(metrics).toMatch(/fig_rejected_total\{code="bad_request"\} [1-9]/);
  });
});
