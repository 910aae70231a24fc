import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHUNKED, NO_BODY, UNTIL_CLOSE } from "../../src/domain/message.ts";
import { ChunkedDecoder } from "../../src/wire/chunked.ts";
import { parseFields, WireError } from "../../src/wire/fields.ts";
import { parseLength } from "../../src/wire/grammar.ts";
import { hasToken, parseResponseHead } from "../../src/wire/response-head.ts";

function decode(
  text: string,
  cuts: readonly number[],
): { data: string; rest: string; trailers: string[] | undefined } {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from(text, "latin1");
  let data = "";
  const sink = {
    onChunkData: (chunk: Buffer) => {
      data += chunk.toString("latin1");
    },
  };
  const edges = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  );
  for (let i = 1; i < edges.length; i++) {
    const end = edges[i] as number;
    const stopped = decoder.decode(bytes, edges[i - 1] as number, end, sink);
    if (decoder.done) return { data, rest: bytes.toString("latin1", stopped), trailers: decoder.trailers };
    expect(stopped).toBe(end);
  }
  return { data, rest: "", trailers: undefined };
}

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });

describe("the chunked decoder", () => {
  it("takes trailers in three pieces, wherever they are cut", () => {
    const text = "2\r\nok\r\n0\r\nX-A: 1\r\nx-empty:\r\nX-B: 2\r\n\r\nnext";
    for (let one = 1; one < text.length; one++) {
      for (let other = one + 1; other < text.length; other++) {
        const trailers = ["X-A", "1", "x-empty", "", "X-B", "2"];
        expect(decode(text, [one, other]), `${one} ${other}`).toEqual({ data: "ok", rest: "next", trailers });
      }
    }
  });

  it("takes no trailer that ends in LF, wherever it is cut", () => {
    const text = "0\r\nX-A: 1\nX-B: 2\r\nX-C";
    for (let one = 1; one < text.length; one++)
      for (let other = one + 1; other < text.length; other++)
        expect(() => decode(text, [one, other]), `${one} ${other}`).toThrow(WireError);
  });

  it("gives back what was chunked, wherever the bytes are cut, and stops right behind the body", () => {
    fc.assert(
      fc.property(
        fc.array(latin1, { maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        fc.boolean(),
        latin1,
        (chunks, cuts, withTrailer, rest) => {
          const body = chunks.filter((chunk) => chunk !== "");
          const trailer = withTrailer ? "X-Sum: 1\r\nx-more:  two \r\n" : "";
          const text = `${body.map((chunk) => `${chunk.length.toString(16)};ext="a"\r\n${chunk}\r\n`).join("")}0\r\n${trailer}\r\n`;
          const result = decode(text + rest, cuts);
          expect(result.data).toBe(body.join(""));
          expect(result.rest).toBe(rest);
          expect(result.trailers).toEqual(withTrailer ? ["X-Sum", "1", "x-more", "two"] : []);
        },
      ),
    );
  });

  it("gives the same at every single cut", () => {
    const text = "5\r\nhello\r\nB; a=b\r\n world agai\r\n000\r\nA: b\r\n\r\n";
    for (let cut = 1; cut < text.length; cut++) {
      expect(decode(text, [cut])).toEqual({ data: "hello world agai", rest: "", trailers: ["A", "b"] });
    }
  });

  it.each([
    ["no size", "\r\nab\r\n"],
    ["a size that is no number", "g\r\n"],
    ["a sign", "+1\r\na\r\n"],
    ["0x", "0x1\r\na\r\n"],
    ["a size past what can be counted", "fffffffffffffff\r\n"],
    ["a bare LF behind the size", "1\na\r\n"],
    ["a bare CR behind the size", "1\rXa\r\n"],
    ["too much data", "1\r\nab\r\n"],
    ["a bare LF behind the data", "1\r\na\n0\r\n\r\n"],
    ["a control character in an extension", "1;\x00\r\na\r\n"],
    ["a bare LF in an extension", "1;a\n\r\na\r\n"],
    ["an endless extension", `1;${"x".repeat(5000)}`],
    ["a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"],
    ["a trailer without a name", "0\r\n: b\r\n\r\n"],
    ["an endless trailer section", `0\r\n${"A: b\r\n".repeat(4000)}`],
  ])("refuses %s", (_name, text) => {
    expect(() => decode(text, [])).toThrow(WireError);
  });
});

describe("small chunks that came together", () => {
  function decoded(text: string): { readonly got: string[]; readonly failed: boolean } {
    const got: string[] = [];
    const bytes = Buffer.from(text, "latin1");
    const sink = {
      onChunkData: (data: Buffer) => {
        got.push(data.toString("latin1"));
      },
    };
    try {
      new ChunkedDecoder().decode(bytes, 0, bytes.length, sink);
      return { got, failed: false };
    } catch {
      return { got, failed: true };
    }
  }

  it("are handed on as one", () => {
    expect(decoded(`${"1\r\nX\r\n".repeat(40_000)}0\r\n\r\n`).got).toEqual(["X".repeat(40_000)]);
    expect(decoded("3\r\nabc\r\n1;e\r\nd\r\n64\r\n").got).toEqual(["abcd"]);
  });

  it("follow a large one, which is not moved", () => {
    const large = "L".repeat(5000);
    const text = `1\r\na\r\n1388\r\n${large}\r\n1\r\nb\r\n0\r\n\r\n`;
    expect(decoded(text).got).toEqual(["a", `${large}b`]);
  });

  it("are handed on although what follows them is none", () => {
    expect(decoded("1\r\na\r\n1\r\nb\r\nno")).toEqual({ got: ["ab"], failed: true });
  });
});

describe("field lines", () => {
  it("keep order, case, duplicates and inner space, and lose the outer", () => {
    expect(parseFields("A:1\r\nb: \t 2  3 \t\r\nA:\r\n", 0)).toEqual(["A", "1", "b", "2  3", "A", ""]);
  });

  it.each([
    "A : 1\r\n",
    ": 1\r\n",
    "A\r\n",
    "A: 1\n",
    "A: \x001\r\n",
    "A: 1\r\n b\r\n",
    "A: a\rb\r\n",
    "Ä: 1\r\n",
    "A: 1",
  ])("refuse %j", (text) => {
    expect(() => parseFields(text, 0)).toThrow(WireError);
  });
});

describe("lengths", () => {
  it.each([
    ["0", 0],
    ["00012", 12],
    ["999999999999999", 999999999999999],
    ["", -1],
    ["+1", -1],
    ["-1", -1],
    ["1,1", -1],
    ["1 ", -1],
    ["0x1", -1],
    ["1e3", -1],
    ["9999999999999999", -1],
  ])("%j is %i", (text, length) => {
    expect(parseLength(text)).toBe(length);
  });
});

describe("an answer's head", () => {
  const parse = (lines: string, method = "GET") =>
    parseResponseHead(`${lines.replaceAll("\n", "\r\n")}\r\n\r\n`, method);

  it.each([
    ["HTTP/1.1 200 OK\nContent-Length: 5", "GET", 5, true],
    ["HTTP/1.1 200 OK\nContent-Length: 5", "HEAD", NO_BODY, true],
    ["HTTP/1.1 200 OK\nTransfer-Encoding: Chunked", "GET", CHUNKED, true],
    ["HTTP/1.1 200 OK", "GET", UNTIL_CLOSE, false],
    ["HTTP/1.1 204 No Content", "GET", NO_BODY, true],
    ["HTTP/1.1 304 Not Modified\nContent-Length: 5", "GET", NO_BODY, true],
    ["HTTP/1.1 200 OK\nContent-Length: 0\nConnection: x, Close", "GET", 0, false],
    ["HTTP/1.0 200 OK\nContent-Length: 1", "GET", 1, false],
    ["HTTP/1.0 200 OK\nContent-Length: 1\nConnection: Keep-Alive", "GET", 1, true],
    ["HTTP/1.1 200\nContent-Length: 1", "GET", 1, true],
  ])("%j to %s is framed %i, keep-alive %s", (lines, method, framing, keepAlive) => {
    expect(parse(lines, method)).toMatchObject({ framing, keepAlive });
  });

  it("keeps status, reason and how long the server keeps the connection", () => {
    expect(
      parse("HTTP/1.1 299 Odd  \xfcber Reason\nKeep-Alive: max=3, timeout=7\nContent-Length: 0"),
    ).toMatchObject({
      status: 299,
      reason: "Odd  \xfcber Reason",
      keepAliveSeconds: 7,
    });
  });

  it.each([
    "HTTP/2 200 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 20 OK",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1 099 Low",
    "HTTP/1.1 200 O\x00K",
    "ICY 200 OK",
    "HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked",
    "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 6",
    "HTTP/1.1 200 OK\nContent-Length: 5, 5",
    "HTTP/1.1 200 OK\nContent-Length: -1",
    "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked",
    "HTTP/1.0 200 OK\nTransfer-Encoding: chunked",
    "HTTP/1.1 200 OK\nContent-Length : 5",
    "HTTP/1.1 200 OK\nA: b\n c",
  ])("refuses %j", (lines) => {
    expect(() => parse(lines)).toThrow(WireError);
  });

  it("finds a token in a list, and not inside another", () => {
    expect(hasToken("a, close ,b", "close")).toBe(true);
    expect(hasToken("not-close, closed", "close")).toBe(false);
  });
});
