import { expect, test } from "vitest";
import { mediaTypeTest } from "../../../src/domain/policies/media-types.ts";

test("a media type is one of the named, whatever its case and parameters", () => {
  const matches = mediaTypeTest(["application/json", "text/*", "application/*+xml", "*/*+cbor"]);
  for (const type of [
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/plain",
    "application/atom+xml",
    "image/thing+cbor",
  ])
    expect(matches(type), type).toBe(true);
  for (const type of ["", "text", "text/", "/plain", "application/jsonp", "application/xml", "textile/plain"])
    expect(matches(type), type).toBe(false);
  expect(mediaTypeTest(["*/*"])("x/y")).toBe(true);
});
