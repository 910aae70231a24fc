import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_BODY } from "../../src/domain/message.ts";
import { ChunkedDecoder } from "../../src/wire/chunked.ts";
import { parseFields } from "../../src/wire/fields.ts";
import { parseResponseHead } from "../../src/wire/response-head.ts";
import { answerHead, fieldLines, lastChunk, requestHead } from "../../src/wire/write-head.ts";

const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,12}$/).filter((text) => !/^co|^tr/i.test(text));
/** Any byte a field may hold; white space around it is not the value's. */
const value = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((byte) => String.fromCharCode(byte)),
    maxLength: 20,
  })
  .map((text) => text.replaceAll("\x7f", "").replace(/^[ \t]+|[ \t]+$/g, ""));
const headers = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => pairs.flat());

describe("heads as they are written", () => {
  it("are read back as the lists they were made of: order, case, duplicates and bytes above ASCII kept", () => {
    fc.assert(
      fc.property(headers, fc.integer({ min: 200, max: 599 }), (list, status) => {
        const read = parseResponseHead(answerHead(status, "Fine", list, ""), "GET");
        expect(read).toMatchObject({ status, reason: "Fine", headers: list });
        expect(parseFields(fieldLines(list), 0)).toEqual(list);
      }),
    );
  });

  it("have the sender's own fields where it wants them", () => {
    expect(answerHead(204, "No Content", ["A", "1", "a", "2"], "Connection: close\r\n")).toBe(
      "HTTP/1.1 204 No Content\r\nA: 1\r\na: 2\r\nConnection: close\r\n\r\n",
    );
    expect(requestHead("GET", "/a?b", "Host: x\r\n", ["A", ""], "Connection: Upgrade\r\n")).toBe(
      "GET /a?b HTTP/1.1\r\nHost: x\r\nA: \r\nConnection: Upgrade\r\n\r\n",
    );
  });

  it("end a chunked body with its trailers, if it has any", () => {
    for (const trailers of [undefined, [], ["X-Sum", "1", "x-sum", "2"]]) {
      const decoder = new ChunkedDecoder();
      const bytes = Buffer.from(lastChunk(trailers), "latin1");
      expect(decoder.decode(bytes, 0, bytes.length, { onChunkData: () => {} })).toBe(bytes.length);
      expect(decoder.trailers).toEqual(trailers ?? []);
    }
    expect(parseResponseHead(answerHead(204, "", [], ""), "GET").framing).toBe(NO_BODY);
  });
});
