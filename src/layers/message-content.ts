import type { JsonPart, MessagePart } from "../domain/message-template.ts";
import { rawAt } from "../domain/raw-json.ts";
import { parseSent } from "../domain/sent-json.ts";
import { askedScheme } from "../routing/asked.ts";
import { captured, fieldLists, joined, pathAndQuery, queryLists } from "../routing/event-values.ts";
import type { SideRequest } from "./contract.ts";

/** Longer than any message. What would be longer ends here: it is refused for its length all the same. */
const MAX_FILLED_CHARS = 2 * 1024 * 1024;
/** Digits that a double may not hold. */
const MAY_BE_INEXACT = /\d{16}|\d[eE]/;

/** Why a request is no message. Nothing of the request is in it. */
export class NoMessage extends Error {}

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What stands in templates for one request and its body. */
export class Filling {
  private readonly request: SideRequest;
  private readonly body: Uint8Array;
  private readonly addressOf: (request: SideRequest) => string;
  private whole: string | undefined = undefined;
  private json: { readonly value: unknown } | undefined = undefined;

  constructor(request: SideRequest, body: Uint8Array, addressOf: (request: SideRequest) => string) {
    this.request = request;
    this.body = body;
    this.addressOf = addressOf;
  }

  /** A text's parts, put together. */
  text(parts: readonly MessagePart[]): string {
    let text = "";
    for (const part of parts) {
      text += typeof part === "string" ? part : this.of(part);
      if (text.length > MAX_FILLED_CHARS) break;
    }
    return text;
  }

  /** JSON, as text. A member of whose value there is none is left out; an element is null. */
  jsonOf(part: JsonPart): string {
    return this.written(part, MAX_FILLED_CHARS) ?? "null";
  }

  private written(part: JsonPart, left: number): string | undefined {
    if (part.kind === "fixed") return part.json;
    if (part.kind === "text") return JSON.stringify(this.text(part.parts));
    if (part.kind === "value") return this.jsonAt(part.body);
    const all: string[] = [];
    let chars = 0;
    const add = (text: string) => {
      all.push(text);
      chars += text.length;
      return chars <= left;
    };
    if (part.kind === "list") {
      for (const element of part.elements) if (!add(this.written(element, left - chars) ?? "null")) break;
      return `[${all.join(",")}]`;
    }
    for (const [name, value] of part.members) {
      const text = this.written(value, left - chars);
      if (text !== undefined && !add(`${JSON.stringify(name)}:${text}`)) break;
    }
    return `{${all.join(",")}}`;
  }

  private of(part: Exclude<MessagePart, string>): string {
    const { request } = this;
    if ("body" in part) return part.body.length === 0 ? this.bodyText() : this.textAt(part.body);
    if ("place" in part) return placeOf(request, part.place, part.name);
    const { decision, requestId } = request;
    if (part.variable === "requestId") return requestId;
    if (part.variable === "route") return decision.live.id;
    if (part.variable === "host") return decision.host;
    if (part.variable === "scheme") return askedScheme(decision);
    return this.addressOf(request);
  }

  /** A text as it is, nothing of null, and of all else its JSON. */
  private textAt(steps: readonly (string | number)[]): string {
    const value = this.valueAt(steps);
    if (typeof value === "string") return value;
    return value === undefined || value === null ? "" : this.jsonOfValue(value, steps);
  }

  private jsonAt(steps: readonly (string | number)[]): string | undefined {
    const value = this.valueAt(steps);
    return value === undefined ? undefined : this.jsonOfValue(value, steps);
  }

  /** As JSON; numbers that a value would change, as they came. */
  private jsonOfValue(value: unknown, steps: readonly (string | number)[]): string {
    const mayChange = typeof value === "number" || (typeof value === "object" && value !== null);
    const raw = mayChange && MAY_BE_INEXACT.test(this.bodyText()) ? rawAt(this.bodyText(), steps) : undefined;
    return raw ?? jsonText(value);
  }

  private valueAt(steps: readonly (string | number)[]): unknown {
    this.json ??= { value: this.parsed() };
    let { value } = this.json;
    for (const step of steps) {
      if (typeof value !== "object" || value === null || Array.isArray(value) !== (typeof step === "number"))
        return undefined;
      if (!Object.hasOwn(value, step)) return undefined;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value;
  }

  private parsed(): unknown {
    try {
      return parseSent(this.bodyText());
    } catch (error) {
      if (error instanceof NoMessage) throw error;
      throw new NoMessage("its body is not JSON");
    }
  }

  private bodyText(): string {
    if (this.whole !== undefined) return this.whole;
    try {
      this.whole = STRICT.decode(this.body);
    } catch {
      throw new NoMessage("its body is not text in UTF-8");
    }
    return this.whole;
  }
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw new NoMessage("its body is nested too deeply");
  }
}

/** What there is none of is empty; of several values all, as events of API Gateway have them. */
function placeOf(request: SideRequest, place: "header" | "query" | "path", name: string): string {
  const { headers, target, decision } = request;
  const all = (lists: Readonly<Record<string, readonly string[]>> | undefined) => joined(lists?.[name] ?? []);
  if (place === "header") return all(fieldLists(headers, (sent) => sent.toLowerCase()));
  if (place === "query") return all(queryLists(pathAndQuery({ path: target })[1]));
  return captured(decision)?.[name] ?? "";
}
