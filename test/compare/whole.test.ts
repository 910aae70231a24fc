import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createComparer } from "../../src/compare/comparer.ts";
import type { Verdict } from "../../src/compare/contract.ts";
import { wholeContent } from "../../src/compare/whole/content.ts";
import type { CompareOptions } from "../../src/domain/route.ts";
import type { WholeBody, WholeContent } from "../../src/domain/whole/sample.ts";
import { CREDENTIAL_NAMES, CREDENTIAL_NEIGHBOURS, CREDENTIAL_SHAPES } from "../support/secrets-corpus.ts";
import { answer, job } from "./jobs.ts";

const MARKER = "5ec4e7a1b2c3";
const ASK = { headers: [] as readonly string[], secret: [] as readonly string[], maxBodyBytes: 65_536 };

function contentOf(
  body: string | Uint8Array,
  type = "application/json",
  {
    headers,
    options,
    tooLarge = false,
  }: {
    readonly headers?: readonly string[];
    readonly options?: Partial<CompareOptions>;
    readonly tooLarge?: boolean;
  } = {},
): WholeContent {
  const legacy = answer(body, type, { headers: headers ?? [], tooLarge });
  return wholeContent(job(legacy, answer("{}"), { options: options ?? {} }), ASK);
}

function bodyOf(...args: Parameters<typeof contentOf>): WholeBody | undefined {
  const { legacy } = contentOf(...args);
  return legacy.kind === "answer" ? legacy.body : undefined;
}

describe("what is kept whole of an answer", () => {
  test("JSON with every member, its numbers as they were written, and without what redact names", () => {
    const text =
      '{"id":9007199254740993,"customer":{"email":"a@b.c","name":"Ann"},"password":"x1x1","list":[1.50]}';
    expect(bodyOf(text, undefined, { options: { redact: ["$.customer.email"] } })).toEqual({
      kind: "text",
      form: "json",
      text: '{"id":9007199254740993,"customer":{"email":"[redacted]","name":"Ann"},"password":"[redacted]","list":[1.50]}',
      bytes: text.length,
    });
  });

  test("a form, lines of JSON and JSON that does not say so are read by their names too", () => {
    const texts = [
      ["a=1&mail=m%40n", "application/x-www-form-urlencoded"],
      ['{"a":1}\n{"mail":"m@n"}', "application/x-ndjson"],
      ['{"a":1,"mail":"m@n"}', "text/plain"],
    ] as const;
    for (const [text, type] of texts) {
      const body = bodyOf(text, type, { options: { redact: ["$..mail"] } });
      expect(body).toMatchObject({ kind: "text", form: "json" });
      expect(JSON.stringify(body)).not.toMatch(/m@n|m%40n/);
    }
  });

  test("what nobody can read, or is too large, is described: type, size and a hash", () => {
    const binary = new Uint8Array(64).fill(200);
    expect(bodyOf(binary, "image/png")).toEqual({
      kind: "described",
      ...{ why: "binary", type: "image/png", bytes: 64, sha256: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(bodyOf(new Uint8Array(8).fill(200), "image/png")).toMatchObject({ bytes: 8, sha256: null });
    expect(bodyOf("x".repeat(70_000), "text/plain")).toMatchObject({ why: "too_large", bytes: 70_000 });
    expect(
      bodyOf(gzipSync("x".repeat(70_000)), "text/plain", { headers: ["content-encoding", "gzip"] }),
    ).toMatchObject({
      why: "too_large",
    });
    expect(bodyOf("x", "text/plain", { headers: ["content-encoding", "odd"] })).toMatchObject({
      why: "coding",
    });
    expect(bodyOf(binary, "text/html")).toMatchObject({ why: "charset" });
    expect(bodyOf("", "text/plain", { tooLarge: true })).toMatchObject({ why: "too_large", bytes: null });
    expect(bodyOf("")).toEqual({ kind: "none" });
  });

  test("a coding is undone", () => {
    const headers = ["content-encoding", "gzip"];
    expect(bodyOf(gzipSync('{"a":1}'), undefined, { headers })).toMatchObject({
      form: "json",
      text: '{"a":1}',
    });
  });

  test("where redact may name something that cannot be found, nothing is kept, and no hash", () => {
    const options = { redact: ["$.customer.email"] };
    for (const [text, type] of [
      ['{"customer":{"email":"a@b.c"', "application/json"],
      ["<script>x={'email': 1}</script>", "text/html"],
    ] as const)
      expect(bodyOf(text, type, { options })).toMatchObject({
        kind: "described",
        why: "redact",
        sha256: null,
      });
    expect(bodyOf("<p>hello</p>", "text/html", { options })).toMatchObject({ form: "markup" });
    const path = { redact: ["/html/body/p"] };
    expect(bodyOf("<p>hello</p>", "text/html", { options: path })).toMatchObject({ why: "redact" });
  });

  test("fields are as they were sent, cookies without their values, and what a policy takes for a key is none of them", () => {
    const headers = [
      ...["X-A", "1", "Set-Cookie", `id=${MARKER}; Path=/; HttpOnly`, "Location", `/x?token=${MARKER}`],
      ...["X-Name", Buffer.from("Zoë").toString("latin1")],
    ];
    const content = wholeContent(job(answer("{}", "", { headers }), answer("{}")), {
      ...{ ...ASK, secret: ["x-odd"] },
      headers: [
        "Host",
        "shop",
        "X-Odd",
        MARKER,
        "Cookie",
        `a=${MARKER}`,
        "Authorization",
        `Bearer ${MARKER}`,
      ],
    });
    expect(content.headers).toEqual([
      ["Host", "shop"],
      ["X-Odd", "[redacted]"],
      ["Cookie", "[redacted]"],
      ["Authorization", "[redacted]"],
    ]);
    expect(content.legacy).toMatchObject({
      headers: expect.arrayContaining([
        ["X-Name", "Zoë"],
        ["Set-Cookie", expect.stringMatching(/^id;.*httponly/i)],
        ["Location", "/x?token=[redacted]"],
      ]),
    });
    expect(JSON.stringify(content)).not.toContain(MARKER);
  });

  test("no credential of the corpus is in it, wherever it stands in a body or a field", () => {
    const found: string[] = [];
    const look = (what: string, content: WholeContent) => {
      if (JSON.stringify(content).includes(MARKER)) found.push(what);
    };
    const padding = "x ".repeat(300);
    for (const name of CREDENTIAL_NAMES) {
      const member = decodeURIComponent(name);
      look(`member ${name}`, contentOf(JSON.stringify({ long: padding, deep: [{ [member]: MARKER }] })));
      look(
        `form ${name}`,
        contentOf(`a=1&${encodeURIComponent(member)}=${MARKER}`, "application/x-www-form-urlencoded"),
      );
      look(`text ${name}`, contentOf(`${padding}\n${name}: ${MARKER}\n`, "text/plain"));
      look(`json in json ${name}`, contentOf(JSON.stringify({ a: JSON.stringify({ [member]: MARKER }) })));
      if (/^[\w-]+$/.test(name))
        look(`field ${name}`, contentOf("{}", undefined, { headers: [name, MARKER] }));
    }
    for (const [name, of] of CREDENTIAL_SHAPES) {
      look(`shape ${name}`, contentOf(JSON.stringify({ note: `${padding}${of(MARKER)}` })));
      look(`shape in text ${name}`, contentOf(`${padding}${of(MARKER)} and more`, "text/plain"));
    }
    for (const [name, of] of CREDENTIAL_NEIGHBOURS)
      look(`beside ${name}`, contentOf(JSON.stringify(of(MARKER))));
    expect(found).toEqual([]);
  });

  test("the comparing thread makes it, with all fields of both answers", async () => {
    const comparer = createComparer({ now: () => 0 });
    const legacy = answer('{"a":1}', undefined, { headers: ["x-other", "1"] });
    const asked = {
      ...job(legacy, { kind: "failure", code: "timeout" }),
      whole: { ...ASK, headers: ["x-a", "b"] },
    };
    const verdict = await new Promise<Verdict>((done) => comparer.submit(asked, done));
    await comparer.close(1_000);
    expect(JSON.parse(verdict.whole ?? "")).toEqual({
      headers: [["x-a", "b"]],
      legacy: {
        ...{ kind: "answer", status: 200 },
        headers: [
          ["Content-Type", "application/json"],
          ["x-other", "1"],
        ],
        body: { kind: "text", form: "json", text: '{"a":1}', bytes: 7 },
      },
      modern: { kind: "failure", code: "timeout" },
    });
  });
});
