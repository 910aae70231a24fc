import { randomBytes } from "node:crypto";
import { CREDENTIAL_NAMES, CREDENTIAL_NEIGHBOURS, CREDENTIAL_SHAPES } from "../../support/secrets-corpus.ts";

function noted(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}

/** Values that are planted, each once: twelve characters of [0-9a-f], so that every shape can hold one, and no encoding changes it. */
export class Plants {
  private readonly first = randomBytes(3).toString("hex");
  private readonly places = new Map<string, string>();
  private readonly kinds = new Map<string, Set<string>>();
  private readonly placesOf = new Map<string, Set<string>>();
  private readonly pattern = new RegExp(`${this.first}[0-9a-f]{6}`, "gi");
  private readonly encoded = ["", "x", "xx"].map((before) => {
    const text = Buffer.from(before + this.first).toString("base64");
    // The characters that hold bits of the beginning alone.
    return text.replace(/=+$/, "").slice(before === "" ? 0 : before.length + 1, -1);
  });

  /** A new value, and where it is planted; of one `kind` of many that are. */
  mark(place: string, kind?: string): string {
    const marker = this.first + (this.places.size + 0x100000).toString(16).slice(-6);
    this.places.set(marker, kind === undefined ? place : `${kind} in ${place}`);
    if (kind !== undefined) {
      noted(this.kinds, place, kind);
      noted(this.placesOf, kind, place);
    }
    return marker;
  }

  /** Places in which fewer kinds than that are planted, and kinds that are planted in fewer places. */
  sparse(leastKinds: number, leastPlaces: number): readonly string[] {
    const less = (of: ReadonlyMap<string, ReadonlySet<string>>, least: number) =>
      [...of].filter(([, all]) => all.size < least).map(([each, { size }]) => `${each}: ${size}`);
    return [...less(this.kinds, leastKinds), ...less(this.placesOf, leastPlaces)];
  }

  get count(): number {
    return this.places.size;
  }

  /** Where the planted values that `text` holds were planted; in any case, and in base64. */
  foundIn(text: string): readonly string[] {
    const found = new Set<string>();
    const seen = new Set<string>();
    for (const { 0: each, index: at } of text.matchAll(this.pattern)) {
      const place = this.places.get(each.toLowerCase());
      if (place === undefined || seen.has(place)) continue;
      seen.add(place);
      found.add(`${place}: …${text.slice(Math.max(0, at - 60), at + 16)}…`);
    }
    for (const each of this.encoded) {
      const at = text.indexOf(each);
      if (at >= 0) found.add(`in base64: …${text.slice(Math.max(0, at - 60), at + 40)}…`);
    }
    return [...found];
  }
}

type Mark = (place: string) => string;

/** One kind of credential, as it is written into each sort of place. */
export interface Kind {
  readonly kind: string;
  /** `name=value` for a URL, percent-encoded. */
  pair(marker: string): string;
  /** A line of plain text: a header's value, a log's message. ASCII, no line breaks. */
  line(marker: string): string;
  /** A header's or cookie's name and value. */
  field(marker: string): readonly [name: string, value: string];
  /** A token of HTTP that is the credential, for the name of a header or a method; undefined: it is none. */
  token(marker: string): string | undefined;
  bodies(mark: Mark): readonly (readonly [type: string, body: string])[];
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";
const uri = encodeURIComponent;
const ascii = (text: string) => (/[^\x20-\x7e]/.test(text) ? uri(text) : text);
const part = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--x--\r\n`;

function named(written: string): Kind {
  const name = decodeURIComponent(written);
  return {
    kind: written,
    pair: (marker) => `${uri(name)}=${marker}`,
    line: (marker) => `${ascii(name)}=${marker}`,
    field: (marker) =>
      TOKEN.test(name) && !/^set-?cookie$/i.test(name)
        ? [name, marker]
        : ["x-note", `${uri(name)}=${marker}`],
    token: () => undefined,
    bodies: (mark) => [
      [
        JSON_TYPE,
        JSON.stringify({
          a: { [name]: mark("member") },
          t: JSON.stringify({ [name]: mark("JSON in JSON") }),
          n: { name, value: mark("neighbour") },
        }),
      ],
      ["text/plain", `a\n${name}: ${mark("text")}\n${name} = "${mark("assignment")}"\nb`],
      [FORM, `a=1&${uri(name)}=${mark("form")}&b=2`],
      ["multipart/form-data; boundary=x", part(name, mark("multipart"))],
      ...(/^[A-Za-z_][\w.:-]*$/.test(name)
        ? ([
            [
              "application/xml",
              `<a ${name}="${mark("attribute")}"><${name}>${mark("element")}</${name}></a>`,
            ],
          ] as const)
        : []),
    ],
  };
}

function shaped(kind: string, of: (marker: string) => string): Kind {
  const line = (marker: string) => ascii(of(marker).replaceAll(/[\r\n]+/g, " "));
  return {
    kind,
    pair: (marker) => `q=${uri(of(marker))}`,
    line,
    field: (marker) => ["x-note", line(marker)],
    token: (marker) => (TOKEN.test(of(marker)) ? of(marker) : undefined),
    bodies: (mark) => [
      [
        JSON_TYPE,
        JSON.stringify({
          note: of(mark("member")),
          t: JSON.stringify({ note: of(mark("JSON in JSON")) }),
          map: { [of(mark("a member's name"))]: 1, a: 2 },
          list: [1, [of(mark("element"))]],
        }),
      ],
      ["text/plain", `note: ${of(mark("text"))}\nb`],
      [FORM, `a=1&q=${uri(of(mark("form")))}&b=2`],
      ["multipart/form-data; boundary=x", part("note", of(mark("multipart")))],
      ["application/xml", `<a><note>${of(mark("element"))}</note></a>`],
    ],
  };
}

function beside(kind: string, of: (marker: string) => unknown): Kind {
  const json = (marker: string) => JSON.stringify(of(marker));
  return {
    kind,
    pair: (marker) => `q=${uri(json(marker))}`,
    line: (marker) => ascii(json(marker)),
    field: (marker) => ["x-note", ascii(json(marker))],
    token: () => undefined,
    bodies: (mark) => [
      [JSON_TYPE, json(mark("member"))],
      [JSON_TYPE, JSON.stringify({ a: [{ b: of(mark("element")) }] })],
      ["text/plain", `x\n${json(mark("text"))}\ny`],
    ],
  };
}

export const KINDS: readonly Kind[] = [
  ...CREDENTIAL_NAMES.map(named),
  ...CREDENTIAL_SHAPES.map(([kind, of]) => shaped(kind, of)),
  ...CREDENTIAL_NEIGHBOURS.map(([kind, of]) => beside(kind, of)),
];
