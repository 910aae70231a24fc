import { expect, test } from "vitest";
import { acceptedCoding, CODINGS } from "../../../src/domain/policies/compress.ts";

test("a client's weights come before the order in which codings are offered", () => {
  const cases: readonly (readonly [accept: string, coding: string | undefined])[] = [
    ["gzip", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip, br", "br"],
    ["gzip, br, zstd", "zstd"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["gzip;q=0", undefined],
    ["*", "zstd"],
    ["*;q=0", undefined],
    ["zstd;q=0, *", "br"],
    ["identity", undefined],
    ["identity;q=0.5, gzip;q=0.1", undefined],
    ["identity;q=0, gzip;q=0.001", "gzip"],
    ["GZIP ; Q=1.000", "gzip"],
    ["gzip;q=2", undefined],
    ["gzip;q=x", undefined],
    ["deflate, compress", undefined],
    ["", undefined],
    [",,;q=1, gzip", "gzip"],
  ];
  for (const [accept, coding] of cases) expect(acceptedCoding(accept, CODINGS), accept).toBe(coding);
});
