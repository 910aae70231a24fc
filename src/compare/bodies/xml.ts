import { createRequire } from "node:module";
import type { SaxesAttributeNS, SaxesParser, SaxesTagNS } from "saxes";
import type { CompareOptions } from "../../domain/route.ts";
import type { BodyComparator } from "../body.ts";
import type { JsonValue } from "../json-value.ts";
import { isXml } from "../media-type.ts";
import { markupComparer } from "./markup.ts";
import {
  contentOf,
  elementValue,
  MarkupBounds,
  NotRead,
  type ParsedMarkup,
  piecesOf,
  readMarkup,
  TEXT,
} from "./markup-tree.ts";

type Saxes = typeof import("saxes");

let saxes: Saxes | undefined;

/** Loaded with the first body: most front doors never see one. */
function library(): Saxes {
  saxes ??= createRequire(import.meta.url)("saxes") as Saxes;
  return saxes;
}

interface Open {
  readonly name: string;
  readonly uri: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly content: JsonValue[];
  text: string;
}

const XMLNS = "http://www.w3.org/2000/xmlns/";

/** The last word of a namespace: what a prefix could have been. */
function wordOf(uri: string): string {
  return /([\w-]+)\W*$/.exec(uri)?.[1] ?? "ns";
}

/** Attributes under local names; those of a namespace behind its last word. Prefixes are only a spelling. */
function attributesOf(tag: SaxesTagNS, outer: string): (readonly [string, string])[] {
  const named: (readonly [string, string])[] = [];
  const spaces = new Set<string>(tag.uri === outer ? [] : [tag.uri]);
  for (const { uri, local, value } of Object.values(tag.attributes) as SaxesAttributeNS[]) {
    if (uri === XMLNS) continue;
    if (uri !== "") spaces.add(uri);
    named.push([uri === "" ? local : `${wordOf(uri)}:${local}`, value]);
  }
  if (spaces.size > 0) named.push(["namespace()", [...spaces].sort().join(" ")]);
  return named;
}

class Builder {
  private readonly bounds = new MarkupBounds();
  private readonly open: Open[] = [];
  private attributes = 0;
  root: JsonValue | undefined = undefined;

  listen(parser: SaxesParser<{ xmlns: true }>): void {
    parser.on("error", () => {
      throw new NotRead("malformed");
    });
    parser.on("opentagstart", () => {
      this.attributes = 0;
    });
    parser.on("attribute", () => {
      this.bounds.attributes(++this.attributes);
      this.bounds.count();
    });
    parser.on("opentag", (tag) => this.opened(tag));
    parser.on("text", (text) => this.text(text));
    parser.on("cdata", (text) => this.text(text));
    parser.on("closetag", () => this.closed());
  }

  private opened(tag: SaxesTagNS): void {
    this.bounds.count();
    this.bounds.depth(this.open.length);
    const outer = this.open.at(-1);
    if (outer !== undefined) this.endText(outer);
    const attributes = attributesOf(tag, outer?.uri ?? "");
    this.open.push({ name: tag.local, uri: tag.uri, attributes, content: [], text: "" });
  }

  private text(text: string): void {
    const element = this.open.at(-1);
    if (element !== undefined) element.text += text;
  }

  private endText(element: Open): void {
    const { text } = element;
    element.text = "";
    if (text.trim() === "") return;
    this.bounds.count();
    element.content.push(contentOf(TEXT, text));
  }

  private closed(): void {
    const element = this.open.pop();
    if (element === undefined) return;
    const { content, text } = element;
    // White space between elements is layout; alone in an element it is what it holds.
    if (content.length === 0 && text !== "") content.push(contentOf(TEXT, text));
    else this.endText(element);
    const value = contentOf(element.name, elementValue(element.attributes, content));
    const outer = this.open.at(-1);
    if (outer === undefined) this.root = value;
    else outer.content.push(value);
  }
}

/** What is not well-formed, or names an entity of its own, is `malformed`: no document's entities are ever expanded. */
function parseXml(text: string): ParsedMarkup {
  return readMarkup(() => {
    const parser = new (library().SaxesParser)({ xmlns: true });
    const builder = new Builder();
    builder.listen(parser);
    for (const piece of piecesOf(text)) parser.write(piece);
    parser.close();
    if (builder.root === undefined) throw new NotRead("malformed");
    return builder.root;
  });
}

/** XML by structure: elements, attributes and texts. White space between elements, the order of attributes, prefixes, comments and processing instructions are nothing. */
export const xmlBodies = {
  name: "xml",
  create(options: CompareOptions): BodyComparator {
    const compare = markupComparer(options, { name: "XML", parse: parseXml });
    return {
      compare(legacy, modern, findings) {
        if (!isXml(legacy.media) || !isXml(modern.media)) return "pass";
        return compare(legacy, modern, findings);
      },
    };
  },
};
