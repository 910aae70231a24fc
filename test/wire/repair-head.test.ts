import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireError } from "../../src/wire/fields.ts";
import { endOfHead, repairHead } from "../../src/wire/repair-head.ts";
import { parseResponseHead, readResponseHead } from "../../src/wire/response-head.ts";

const read = (text: string) => readResponseHead(text, "GET");

describe("an answer's head that needs repair", () => {
  it.each([
    [
      "lines that end in LF",
      "HTTP/1.1 200 OK\nContent-Length: 2\nX-Odd: 1\n\n",
      ["Content-Length", "2", "X-Odd", "1"],
    ],
    ["an empty line in LF alone", "HTTP/1.1 200 OK\r\nX-Odd: 1\r\n\n", ["X-Odd", "1"]],
    ["an empty line in CRLF behind an LF", "HTTP/1.1 200 OK\nX-Odd: 1\n\r\n", ["X-Odd", "1"]],
    ["blanks before a colon", "HTTP/1.1 200 OK\r\nX-Odd \t: 1\r\n\r\n", ["X-Odd", "1"]],
    [
      "a folded line",
      "HTTP/1.1 200 OK\r\nX-Odd: one\r\n\ttwo\r\n   three\r\n\r\n",
      ["X-Odd", "one two three"],
    ],
    ["a fold of blanks", "HTTP/1.1 200 OK\r\nX-Odd: one\r\n \r\n\r\n", ["X-Odd", "one"]],
    [
      "identical lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\ncontent-length: 2\r\n\r\n",
      ["Content-Length", "2", "X", "y"],
    ],
    [
      "a list of identical lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n",
      ["Content-Length", "2"],
    ],
  ])("has %s put right, and its connection is not used again", (_what, text, headers) => {
    expect(() => parseResponseHead(text, "GET")).toThrow(WireError);
    expect(read(text)).toMatchObject({ status: 200, headers, keepAlive: false, bytes: text.length });
  });

  it.each([
    ["differing lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n"],
    ["differing lengths in a list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n"],
    ["identical lengths that are none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\nContent-Length: x\r\n\r\n"],
    ["a length and chunks", "HTTP/1.1 200 OK\nContent-Length: 2\nTransfer-Encoding: chunked\n\n"],
    ["a bare CR", "HTTP/1.1 200 OK\nX-Odd: a\rSet-Cookie: x=1\n\n"],
    ["a NUL", "HTTP/1.1 200 OK\nX-Odd: a\0b\n\n"],
    ["a first field that is folded", "HTTP/1.1 200 OK\r\n X-Odd: 1\r\n\r\n"],
    ["a folded name", "HTTP/1.1 200 OK\r\nA: b\r\nX\r\n : 1\r\n\r\n"],
    ["a blank inside a name", "HTTP/1.1 200 OK\nX Odd: 1\n\n"],
  ])("fails for %s", (_what, text) => {
    expect(() => read(text)).toThrow(WireError);
  });

  it("ends at its own empty line, although a later one is in CRLF", () => {
    const head = "HTTP/1.1 200 OK\nContent-Length: 9\n\n";
    const sent = Buffer.from(`${head}one\r\n\r\ntwo`);
    const found = endOfHead(sent, 0, sent.length);
    expect(read(sent.toString("latin1", 0, found))).toMatchObject({ bytes: head.length, framing: 9 });
  });

  it("is found where it ends, however its bytes come", () => {
    const sent = Buffer.from("HTTP/1.1 200 OK\nX: y\n\n");
    for (let end = 0; end < sent.length; end++) expect(endOfHead(sent, 0, end)).toBe(-1);
    expect(endOfHead(sent, 0, sent.length)).toBe(sent.length);
  });

  it("needs repair once", () => {
    const line = fc.constantFrom(
      "A: b",
      "A : b",
      " folded",
      "\tf",
      "Content-Length: 5",
      "content-length:5",
      "x",
    );
    const end = fc.constantFrom("\r\n", "\n");
    fc.assert(
      fc.property(fc.array(fc.tuple(line, end), { maxLength: 8 }), (lines) => {
        const text = `HTTP/1.1 200 OK\r\n${lines.map((pair) => pair.join("")).join("")}\r\n`;
        expect(repairHead(repairHead(text) ?? text)).toBeUndefined();
      }),
    );
  });

  it("takes time in proportion to its length", () => {
    const hostile = ["\n ", " ", "\r\n\t", "a :", "Content-Length: 1\n", "\n", "\r", "a\n"];
    for (const piece of hostile) {
      const text = `HTTP/1.1 200 OK\r\nA: b\r\n${piece.repeat(65_536 / piece.length)}\r\n\r\n`;
      const begun = process.cpuUsage();
      for (let i = 0; i < 10; i++) repairHead(text);
      // Quadratic work takes seconds; the bound is for a loaded machine.
      expect(process.cpuUsage(begun).user).toBeLessThan(2_000_000);
    }
  });
});
