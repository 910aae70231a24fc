import { describe, expect, it } from "vitest";
import { CHUNKED } from "../../src/domain/message.ts";
import { DOOR_LAYERS, SIDE_LAYERS } from "../../src/layers/order.ts";
import { ExchangeWorld } from "../support/exchange-world.ts";
import type { MemoryCall } from "../support/memory-backend.ts";

const CALL = ["content-type", "application/grpc"];

const world = (errors: "grpc" | undefined) =>
  new ExchangeWorld({
    position: { modern: 0, shadow: 100 },
    definition: {
      errors,
      shadow: { writes: "never", safe: true, timeoutMs: 0, maxBodyBytes: 4096, concurrency: 4 },
    },
    doorLayers: DOOR_LAYERS,
    sideLayers: SIDE_LAYERS,
  });

/** A call's answer, its status in trailers or, with none, in the head. */
function end(call: MemoryCall, status: string, trailersOnly = false): void {
  if (trailersOnly) {
    call.listener.onHead(200, "", [...CALL, "grpc-status", status], 0);
    call.listener.onEnd(undefined);
    return;
  }
  call.listener.onHead(200, "", CALL, CHUNKED);
  call.listener.onData(Buffer.from([0, 0, 0, 0, 0]));
  call.listener.onEnd(status === "" ? undefined : ["grpc-status", status]);
}

const ask = (it: ExchangeWorld, legacy: string, modern: string, trailersOnly = false) => {
  const lane = it.request({ method: "POST" });
  end(it.legacy.last, legacy, trailersOnly);
  lane.flush();
  end(it.modern.last, modern, trailersOnly);
  it.comparer.decide();
};

describe("errors: grpc", () => {
  it("counts calls that end with a server's failure, wherever they say so, of clients and of shadows", () => {
    const it = world("grpc");
    for (const status of ["0", "5", "16", "7", "8"]) ask(it, status, "0");
    expect(it.counts()).toMatchObject({ legacy: { requests: 5, errors: 0 } });
    for (const status of ["2", "4", "12", "13", "14", "15", ""]) ask(it, status, "0");
    expect(it.counts()).toMatchObject({ legacy: { requests: 12, errors: 7, codes: { 200: 12 } } });
    ask(it, "0", "14", true);
    ask(it, "14", "0", true);
    expect(it.counts()).toMatchObject({
      legacy: { requests: 14, errors: 8 },
      shadow: { modern: { requests: 14, errors: 1 } },
    });
  });

  it("counts nothing where the route does not say it, and nothing of other answers", () => {
    const [plain, grpc] = [world(undefined), world("grpc")];
    ask(plain, "14", "14");
    const lane = grpc.request({ method: "POST" });
    grpc.legacy.last.answer(200, "{}", ["content-type", "application/json"]);
    lane.flush();
    for (const one of [plain, grpc])
      expect(one.counts()).toMatchObject({ legacy: { requests: 1, errors: 0 } });
  });
});
