import { describe, expect, test } from "vitest";
import { grpcTimeoutMs, isGrpc, withTrailers } from "../../src/domain/grpc.ts";
import { grpcRefusal, REFUSALS, type RefusalCode } from "../../src/domain/refusals.ts";
import { isIdempotent, isSafe } from "../../src/domain/shadow-eligibility.ts";

const CALL = ["content-type", "application/grpc"];

describe("gRPC", () => {
  test.each([
    ["application/grpc", true],
    ["Application/GRPC+proto", true],
    ["application/grpc; charset=utf-8", true],
    ["application/grpc-web", false],
    ["application/grpc-web+proto", false],
    ["application/grpcx", false],
    ["text/plain", false],
  ])("of %s is %s", (type, is) => {
    expect(isGrpc(["Content-Type", type])).toBe(is);
  });

  test.each([
    ["5S", 5_000],
    ["250m", 250],
    ["1H", 3_600_000],
    ["1500u", 2],
    ["99999999n", 100],
    ["5", undefined],
    ["123456789S", undefined],
    ["-1S", undefined],
  ])("waits for %s", (said, ms) => {
    expect(grpcTimeoutMs(["grpc-timeout", said])).toBe(ms);
  });

  test("has trailers as fields of its answer, and other answers have none", () => {
    expect(withTrailers(CALL, ["grpc-status", "0"])).toEqual([...CALL, "grpc-status", "0"]);
    expect(withTrailers(["content-type", "text/plain"], ["a", "b"])).toEqual(["content-type", "text/plain"]);
  });

  test("is refused by trailers alone, in gRPC's statuses, in ASCII", () => {
    const statuses = Object.fromEntries(
      (Object.keys(REFUSALS) as RefusalCode[]).map((code) => {
        const { status, headers, body } = grpcRefusal(code, "id%é");
        expect([status, body.length, headers.slice(0, 2)]).toEqual([
          200,
          0,
          ["content-type", "application/grpc"],
        ]);
        expect(headers[5]).toMatch(/^[ -~]+\(request id%25%C3%A9\)$/);
        return [code, Number(headers[3])];
      }),
    );
    expect(statuses).toMatchObject({
      ...{ no_route: 12, bad_request: 13, body_too_large: 8, headers_too_large: 8 },
      ...{ upstream_refused: 14, upstream_busy: 14, upstream_reset: 14, upstream_connect_timeout: 14 },
      ...{ upstream_timeout: 4, request_timeout: 4, layer_failed: 13 },
    });
  });
});

describe("operations that a route calls safe", () => {
  const route = (operations: readonly string[]) =>
    ({ shadow: { safe: { operations } } }) as unknown as Parameters<typeof isSafe>[0];
  const post = (target: string, headers = CALL) => ({ method: "POST", target, headers });

  test("are those of its gRPC calls, by method or by service and method", () => {
    const both = route(["Get", "shop.Orders/List"]);
    expect(isSafe(both, post("/shop.Orders/Get"))).toBe(true);
    expect(isSafe(both, post("/shop.Orders/Get?x=/Put"))).toBe(true);
    expect(isIdempotent(both, post("/shop.Orders/List"))).toBe(true);
    expect(isSafe(both, post("/shop.Items/List"))).toBe(false);
    expect(isSafe(both, post("/shop.Orders/ForGet"))).toBe(false);
    expect(isSafe(both, post("/shop.Orders/Put?/Get"))).toBe(false);
  });

  test("are no other requests", () => {
    expect(isSafe(route(["Get"]), post("/shop.Orders/Get", ["content-type", "application/json"]))).toBe(
      false,
    );
    expect(isSafe(route(["Get"]), { ...post("/shop.Orders/Get"), method: "PUT" })).toBe(false);
    expect(isSafe(route(["Get"]), { ...post("/x"), method: "GET" })).toBe(true);
  });
});
