import { describe, expect, test } from "vitest";
import { verdictOf } from "../../src/compare/verdict.ts";
import { isCredentialParameter } from "../../src/domain/credentials.ts";
import { redactHost, redactId, redactLine, redactTarget } from "../../src/observe/redact.ts";
import {
  CREDENTIAL_NAMES,
  CREDENTIAL_NEIGHBOURS,
  CREDENTIAL_SHAPES,
  ORDINARY_NAMES,
} from "../support/secrets-corpus.ts";
import { answer, job } from "./jobs.ts";

/** Of [0-9a-f], so that every shape can hold it. */
const LEGACY = "5ec4e7a1b2c3";
const MODERN = "5ec4e7d4e5f6";
const shows = (text: string) => /5ec4e7/i.test(text);

/** What is stored of two answers that differ in `of(marker)`, and of one that has it and one that has not. */
function stored(of: (marker: string) => string, type: string): string {
  const bodies = [of(LEGACY), of(MODERN), type === "application/json" ? "{}" : ""];
  const [legacy, modern, none] = bodies.map((body) => answer(body, type)) as [
    ReturnType<typeof answer>,
    ReturnType<typeof answer>,
    ReturnType<typeof answer>,
  ];
  const verdicts = [
    verdictOf(job(legacy, modern)),
    verdictOf(job(legacy, none)),
    verdictOf(job(none, modern)),
  ];
  for (const verdict of verdicts) expect(verdict.outcome).toBe("mismatch");
  return JSON.stringify(verdicts);
}

function storedField(of: (marker: string) => string): string {
  const [legacy, modern] = [LEGACY, MODERN].map((marker) =>
    answer("", "", { headers: ["location", of(marker).replaceAll(/[\r\n]/g, " ")] }),
  ) as [ReturnType<typeof answer>, ReturnType<typeof answer>];
  return JSON.stringify(verdictOf(job(legacy, modern)));
}

const asJson = (of: (marker: string) => unknown) => (marker: string) => JSON.stringify(of(marker));
const isXmlName = (name: string) => /^[A-Za-z_][\w.:-]*$/.test(name);

function nameSays(name: string): readonly (readonly [place: string, text: string])[] {
  const json = "application/json";
  const decoded = decodeURIComponent(name);
  const member = (value: unknown) => ({ [decoded]: value });
  const uri = encodeURIComponent(decoded);
  return [
    ["query", redactTarget(`/o?a=1&${uri}=${LEGACY}&b=2`)],
    ["query, as written", redactTarget(`/o?a=1&${name}=${LEGACY}&b=2`)],
    ["nested query", redactTarget(`/o?a=1&u[${name}]=${LEGACY}&b=2`)],
    ["query in a query", redactTarget(`/o?u=${encodeURIComponent(`http://h/?${uri}=${LEGACY}`)}`)],
    ["path parameter", redactTarget(`/o;${uri}=${LEGACY}/x`)],
    ["log field", redactLine(JSON.stringify({ err: member(LEGACY) }))],
    ["log field, a list", redactLine(JSON.stringify({ err: member([LEGACY]) }))],
    ["log message", redactLine(JSON.stringify({ msg: `GET /o?${uri}=${LEGACY}&b=2 failed` }))],
    ["log message, JSON", redactLine(JSON.stringify({ msg: JSON.stringify(member(LEGACY)) }))],
    ["member", stored(asJson(member), json)],
    [
      "member, deep",
      stored(
        asJson((marker) => ({ a: [{ b: member({ c: [marker] }) }] })),
        json,
      ),
    ],
    [
      "member in a text",
      stored(
        asJson((marker) => ({ t: JSON.stringify(member(marker)) })),
        json,
      ),
    ],
    ["member, number", stored((marker) => `{"a":{${JSON.stringify(decoded)}:"${marker}"}}`, json)],
    [
      "neighbour",
      stored(
        asJson((value) => ({ name: decoded, value })),
        json,
      ),
    ],
    ["text", stored((marker) => `a\n${decoded}: ${marker}\nb`, "text/plain")],
    ["assignment", stored((marker) => `a\n${decoded} = "${marker}"\nb`, "text/plain")],
    ["form", stored((marker) => `a=1&${uri}=${marker}&b=2`, "application/x-www-form-urlencoded")],
    ...(isXmlName(decoded)
      ? ([
          ["element", stored((marker) => `<a><${name}>${marker}</${name}></a>`, "application/xml")],
          ["attribute", stored((marker) => `<a ${name}="${marker}"/>`, "application/xml")],
        ] as const)
      : []),
    ["header", storedField((marker) => `/cb?${uri}=${marker}`)],
  ];
}

function valueSays(of: (marker: string) => string): readonly (readonly [place: string, text: string])[] {
  const json = "application/json";
  const uri = (marker: string) => encodeURIComponent(of(marker));
  return [
    ["query", redactTarget(`/o?a=1&q=${uri(LEGACY)}&b=2`)],
    ["query, +", redactTarget(`/o?a=1&q=${uri(LEGACY).replaceAll("%20", "+")}`)],
    ["query in a query", redactTarget(`/o?u=${encodeURIComponent(`http://h/?q=${uri(LEGACY)}`)}`)],
    ["path", redactTarget(`/o/${uri(LEGACY)}/x`)],
    ["host", redactHost(uri(LEGACY))],
    ["request id", redactId(uri(LEGACY))],
    ["log field", redactLine(JSON.stringify({ note: of(LEGACY) }))],
    ["log message", redactLine(JSON.stringify({ msg: `it was "${of(LEGACY)}" that failed` }))],
    [
      "member",
      stored(
        asJson((marker) => ({ note: of(marker) })),
        json,
      ),
    ],
    [
      "member in a text",
      stored(
        asJson((marker) => ({ t: JSON.stringify({ note: of(marker) }) })),
        json,
      ),
    ],
    [
      "a member's name",
      stored(
        asJson((marker) => ({ map: { [of(marker)]: 1, a: 2 } })),
        json,
      ),
    ],
    [
      "element",
      stored(
        asJson((marker) => [1, [of(marker)]]),
        json,
      ),
    ],
    ["text", stored((marker) => `note: ${of(marker)}\nb`, "text/plain")],
    ["text element", stored((marker) => `<a><note>${of(marker)}</note></a>`, "application/xml")],
    ["form", stored((marker) => `a=1&q=${uri(marker)}&b=2`, "application/x-www-form-urlencoded")],
    ["header", storedField(of)],
  ];
}

const leaks = (said: readonly (readonly [string, string])[]) => said.filter(([, text]) => shows(text));

describe("a credential is in no log line and in no sample", () => {
  test("there are at least 400 kinds", () => {
    const kinds = [
      ...CREDENTIAL_NAMES,
      ...[...CREDENTIAL_SHAPES, ...CREDENTIAL_NEIGHBOURS].map(([kind]) => kind),
    ];
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.length).toBeGreaterThanOrEqual(400);
  });

  test.each(CREDENTIAL_NAMES)("under the name %s", (name) => {
    expect(leaks(nameSays(name))).toEqual([]);
  });

  test.each(CREDENTIAL_SHAPES)("in the form of %s", (_, of) => {
    expect(leaks(valueSays(of))).toEqual([]);
  });

  test.each(CREDENTIAL_NEIGHBOURS)("by its neighbours: %s", (_, of) => {
    const json = asJson(of);
    expect(
      leaks([
        ["body", stored(json, "application/json")],
        [
          "deep in a body",
          stored(
            asJson((marker) => ({ a: [{ b: of(marker) }] })),
            "application/json",
          ),
        ],
        ["text", stored((marker) => `x\n${json(marker)}\ny`, "text/plain")],
        ["log field", redactLine(JSON.stringify({ err: of(LEGACY) }))],
        ["log message", redactLine(JSON.stringify({ msg: json(LEGACY) }))],
        ["query", redactTarget(`/o?q=${encodeURIComponent(json(LEGACY))}&b=2`)],
      ]),
    ).toEqual([]);
  });
});

describe("what is no credential stays readable", () => {
  test.each(ORDINARY_NAMES)("under the name %s", (name) => {
    // In a URL, any key and a `state` are held to be credentials too (OAuth's grants).
    const ofUrls = isCredentialParameter(name) ? /quer|path|form|header|log message$/ : /^$/;
    const said = nameSays(name).filter(([place]) => !ofUrls.test(place));
    expect(said.filter(([, text]) => !shows(text)).map(([place, text]) => `${place}: ${text}`)).toEqual([]);
  });

  test.each([
    "/orders/12345?page=2&sort=name&author=tolkien&keyword=x",
    "/auth/login?lang=de",
    "/sessions/new",
    "/password/reset",
    "/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301/orders/2024-05-06",
    "/static/app.3f2504e04f8911d39a0c0305e82c3301.js",
    "/blog/risk-management-in-2024-and-how-sk-learn-does-it",
    "/re_export/patch-2024/pattern-library-of-components/vcp_1",
    "/s.html?of=s.querySelectorAllOfElement&n=MTEwNjY1NzY1NzY1NzY1NzY1.js&st=ST-12-Main",
    "/o?price=$S$5&path=$P$1234&template=$h$width",
    "/o?ids=1,2,3&from=2024-01-01T00:00:00Z&v=1.2.3",
    "/o?q=keyboard%20and%20mouse&next=%2Forders%3Fpage%3D2",
  ])("%s", (target) => {
    expect(redactTarget(target)).toBe(target);
    const line = JSON.stringify({ msg: `GET ${target} failed`, count: 3, list: [1, "a"] });
    expect(redactLine(line)).toBe(line);
  });
});
