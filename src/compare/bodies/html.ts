import { createRequire } from "node:module";
import type { DefaultTreeAdapterMap, DefaultTreeAdapterTypes, Parser, TreeAdapter } from "parse5";
import type { CompareOptions } from "../../domain/route.ts";
import type { BodyComparator } from "../body.ts";
import type { JsonValue } from "../json-value.ts";
import { isHtml } from "../media-type.ts";
import { markupComparer } from "./markup.ts";
import {
  contentOf,
  elementValue,
  MarkupBounds,
  type ParsedMarkup,
  piecesOf,
  readMarkup,
  TEXT,
} from "./markup-tree.ts";

type Parse5 = typeof import("parse5");
type Node = DefaultTreeAdapterTypes.ChildNode;
type Parent = DefaultTreeAdapterTypes.ParentNode;

let parse5: Parse5 | undefined;

/** Loaded with the first page: most front doors never see one. */
function library(): Parse5 {
  parse5 ??= createRequire(import.meta.url)("parse5") as Parse5;
  return parse5;
}

/** Where white space is what it says. */
const AS_WRITTEN: ReadonlySet<string> = new Set(["pre", "textarea", "script", "style", "listing"]);

/** The parser's tree, with bounds: what a page says in few bytes can be very many nodes. */
function boundedAdapter(bounds: MarkupBounds): TreeAdapter<DefaultTreeAdapterMap> {
  const { defaultTreeAdapter } = library();
  const depths = new WeakMap<object, number>();
  const placed = (parent: Parent, node: Node) => {
    const depth = (depths.get(parent) ?? 0) + 1;
    bounds.depth(depth);
    depths.set(node, depth);
  };
  return {
    ...defaultTreeAdapter,
    createElement(name, namespace, attributes) {
      bounds.count(1 + attributes.length);
      return defaultTreeAdapter.createElement(name, namespace, attributes);
    },
    createCommentNode(data) {
      bounds.count();
      return defaultTreeAdapter.createCommentNode(data);
    },
    insertText(parent, text) {
      bounds.count();
      defaultTreeAdapter.insertText(parent, text);
    },
    appendChild(parent, node) {
      placed(parent, node as Node);
      defaultTreeAdapter.appendChild(parent, node);
    },
    insertBefore(parent, node, before) {
      placed(parent, node as Node);
      defaultTreeAdapter.insertBefore(parent, node, before);
    },
    setTemplateContent(template, content) {
      depths.set(content, depths.get(template) ?? 0);
      defaultTreeAdapter.setTemplateContent(template, content);
    },
  };
}

/** A class is one of a set, in whatever order they are written. */
function attributeText(name: string, value: string): string {
  const words = value.split(/[\t\n\f\r ]+/).filter((word) => word !== "");
  return name === "class" ? [...new Set(words)].sort().join(" ") : value;
}

function textOf(text: string, parent: string): string {
  return AS_WRITTEN.has(parent) ? text : text.replaceAll(/[\t\n\f\r ]+/g, " ").trim();
}

function contentsOf(
  nodes: readonly Node[],
  parent: string,
  depth: number,
  bounds: MarkupBounds,
): JsonValue[] {
  bounds.depth(depth);
  const contents: JsonValue[] = [];
  for (const node of nodes) {
    if (node.nodeName === "#documentType") {
      const { name, publicId, systemId } = node as DefaultTreeAdapterTypes.DocumentType;
      contents.push(contentOf("doctype()", [name, publicId, systemId].join(" ").trim()));
    } else if (node.nodeName === "#text") {
      const text = textOf((node as DefaultTreeAdapterTypes.TextNode).value, parent);
      if (text.trim() !== "") contents.push(contentOf(TEXT, text));
    } else if ("tagName" in node) {
      const inside = "content" in node ? node.content.childNodes : node.childNodes;
      const attributes = node.attrs.map(({ prefix, name, value }): [string, string] => [
        prefix ? `${prefix}:${name}` : name,
        attributeText(name, value),
      ]);
      const content = contentsOf(inside, node.tagName, depth + 1, bounds);
      contents.push(contentOf(node.tagName, elementValue(attributes, content)));
    }
  }
  return contents;
}

/** Whole pages say so; anything else is a part of one, which may begin with any element. */
const WHOLE_PAGE = /<(?:!doctype|html|head|body)\b/i;

/** The tag that the tokenizer is at. It keeps it to itself; the test of a tag with very many attributes notices if it is gone. */
interface AtTag {
  readonly currentToken?: { readonly attrs?: readonly unknown[] } | null;
}

function feed(text: string, { tokenizer }: Parser<DefaultTreeAdapterMap>, bounds: MarkupBounds): void {
  const at = tokenizer as unknown as AtTag;
  for (const piece of piecesOf(text)) {
    tokenizer.write(piece, false);
    bounds.attributes(at.currentToken?.attrs?.length ?? 0);
  }
  tokenizer.write("", true);
}

/** A tag is looked for among all that are open, so that each costs as much as it is deep. */
function boundedSteps(parser: Parser<DefaultTreeAdapterMap>, bounds: MarkupBounds): void {
  const { onStartTag, onEndTag } = parser;
  parser.onStartTag = (token) => {
    bounds.steps(parser.openElements.stackTop + 1);
    onStartTag.call(parser, token);
  };
  parser.onEndTag = (token) => {
    bounds.steps(parser.openElements.stackTop + 1);
    onEndTag.call(parser, token);
  };
}

function parseHtml(text: string): ParsedMarkup {
  return readMarkup(() => {
    const { Parser } = library();
    const bounds = new MarkupBounds();
    const options = { treeAdapter: boundedAdapter(bounds), scriptingEnabled: false };
    const whole = WHOLE_PAGE.test(text);
    const parser = whole
      ? new Parser<DefaultTreeAdapterMap>(options)
      : Parser.getFragmentParser<DefaultTreeAdapterMap>(null, options);
    boundedSteps(parser, bounds);
    feed(text, parser, bounds);
    const root = whole ? parser.document : parser.getFragment();
    return elementValue([], contentsOf(root.childNodes, "", 0, bounds));
  });
}

/** HTML by structure, as a browser reads it: elements, attributes and texts. Comments, white space that is not shown, and the order of attributes and classes are nothing. */
export const htmlBodies = {
  name: "html",
  create(options: CompareOptions): BodyComparator {
    const compare = markupComparer(options, { name: "HTML", parse: parseHtml });
    return {
      compare(legacy, modern, findings) {
        if (!isHtml(legacy.media) || !isHtml(modern.media)) return "pass";
        return compare(legacy, modern, findings);
      },
    };
  },
};
