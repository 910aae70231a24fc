import type { BackendListener } from "../backends/contract.ts";
import { clientAddress, type TrustedNetworks } from "../domain/client-address.ts";
import { type FieldVariable, fieldTemplate } from "../domain/field-variables.ts";
import { dashed } from "../domain/forwarding-fields.ts";
import { withoutBlanks } from "../domain/headers.ts";
import { CHUNKED, type RawHeaders } from "../domain/message.ts";
import type { HeaderEdit } from "../domain/policies/headers.ts";
import type { PolicyVerdict } from "../domain/policies.ts";
import type { Side } from "../domain/position.ts";
import type { RouteDefinition } from "../domain/route.ts";
import { askedScheme } from "../routing/asked.ts";
import { latin1OfUtf8 } from "../routing/bytes.ts";
import { keepNamed } from "./answer-fields.ts";
import type { SideLayer, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Removes and sets fields, on the way in and out: every route's, the route's, then the side's, then the shadow's own. */
export const headers: SideLayer = {
  name: "headers",
  create(route, side, shadow, { underscoreHeaders, trusted }) {
    const changes = [route.policies?.headers, route.headers, route[side]?.headers];
    const values = valuesOf(route, side, trusted);
    // A server that takes X_Team for X-Team would read what was removed, or was not set here.
    const request = present(
      [...changes.map((each) => each?.request), shadow ? route.shadow.headers : undefined],
      underscoreHeaders === "drop",
      values,
    );
    const answer = present(
      changes.map((each) => each?.answer),
      false,
      values,
    );
    if (request.length === 0 && answer.length === 0) return undefined;
    return {
      wrap: (open) => (asked, listener) => {
        const changed =
          request.length === 0 ? asked : { ...asked, headers: edited(asked.headers, request, asked) };
        // Only a chunked request can have trailers.
        const trailers = request.length > 0 && asked.framing === CHUNKED;
        if (answer.length === 0 && !trailers) return open(changed, listener);
        return new Editing(listener, request, answer, asked).through(open, changed);
      },
      ...(route.policies?.headers === undefined ? {} : { explain: () => EDITED }),
    };
  },
};

const EDITED: PolicyVerdict = {
  policy: "headers",
  verdict: "edited",
  detail: "fields are removed and set, before the route's own and the side's",
};

/** What variables are made of. */
type Filling = Pick<SideRequest, "decision" | "requestId">;
/** What variables are of one request. */
type Values = Readonly<Record<FieldVariable, (asked: Filling) => string>>;

function valuesOf(route: RouteDefinition, side: Side, trusted: TrustedNetworks): Values {
  return {
    route: () => latin1OfUtf8(route.id),
    side: () => side,
    requestId: ({ requestId }) => requestId,
    client: ({ decision: { head, scanned } }) =>
      clientAddress(head.remoteAddress, scanned.forwardedFor ?? [], trusted),
    host: ({ decision }) => decision.host,
    scheme: ({ decision }) => askedScheme(decision),
  };
}

/** The request's fields that are set to something else for each request, by their lower-case names; undefined: none is. */
export function fieldsSetAnew(
  route: RouteDefinition,
  side: Side,
  trusted: TrustedNetworks,
): ReadonlyMap<string, (asked: Filling) => string> | undefined {
  const values = valuesOf(route, side, trusted);
  const set = new Map<string, (asked: Filling) => string>();
  for (const change of [route.policies?.headers, route.headers, route[side]?.headers]) {
    for (const name of change?.request?.remove ?? []) set.delete(name);
    for (const [name, text] of Object.entries(change?.request?.set ?? {})) {
      const value = filled(text, values);
      if (typeof value === "string") set.delete(name);
      else set.set(name, value);
    }
  }
  return set.size === 0 ? undefined : set;
}

/** An edit, ready to be made. */
interface Edit {
  /** Lower-case names. */
  readonly drop: ReadonlySet<string>;
  /** Spellings of them with underscores too. */
  readonly aliases: boolean;
  /** Flat [name, value, ...], latin1. */
  readonly set: RawHeaders | ((asked: SideRequest) => RawHeaders);
}

function present(
  edits: readonly (HeaderEdit | undefined)[],
  aliases: boolean,
  values: Values,
): readonly Edit[] {
  return edits
    .filter((edit) => edit !== undefined)
    .map(({ remove, set }) => ({
      drop: new Set([...remove, ...Object.keys(set)]),
      aliases,
      set: settled(set, values),
    }));
}

/** Values without variables are the same for every request. */
function settled(set: HeaderEdit["set"], values: Values): Edit["set"] {
  const fields = Object.entries(set).map(([name, value]) => ({ name, value: filled(value, values) }));
  if (fields.every(({ value }) => typeof value === "string"))
    return fields.flatMap(({ name, value }) => [name, value as string]);
  return (asked) =>
    fields.flatMap(({ name, value }) => [name, typeof value === "string" ? value : value(asked)]);
}

function filled(text: string, values: Values): string | ((asked: Filling) => string) {
  const template = fieldTemplate(text);
  // What the files refuse stays as it is.
  const parts = "parts" in template ? template.parts : [text];
  if (parts.every((part) => typeof part === "string")) return latin1OfUtf8(parts.join(""));
  const ready = parts.map((part) => (typeof part === "string" ? latin1OfUtf8(part) : values[part.variable]));
  // A value with a blank at its end is another one to some readers (RFC 9110 §5.5).
  return (asked) =>
    withoutBlanks(ready.map((part) => (typeof part === "string" ? part : part(asked))).join(""));
}

/** Fields are set in heads; what is removed from a head is removed from trailers and interim answers too. */
class Editing extends Relay {
  private readonly request: readonly Edit[];
  private readonly answer: readonly Edit[];
  private readonly asked: SideRequest;

  constructor(
    listener: BackendListener,
    request: readonly Edit[],
    answer: readonly Edit[],
    asked: SideRequest,
  ) {
    super(listener);
    this.request = request;
    this.answer = answer;
    this.asked = asked;
  }

  override end(trailers: RawHeaders | undefined): void {
    this.call.end(trailers && reduced(trailers, this.request));
  }

  override onInform(status: number, reason: string, list: RawHeaders): void {
    this.listener.onInform(status, reason, reduced(list, this.answer));
  }

  override onHead(status: number, reason: string, list: RawHeaders, framing: number): void {
    this.asked.heard?.(list);
    this.listener.onHead(status, reason, edited(list, this.answer, this.asked), framing);
  }

  override onUpgrade(status: number, reason: string, list: RawHeaders): void {
    this.listener.onUpgrade(status, reason, edited(list, this.answer, this.asked));
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers && reduced(trailers, this.answer));
  }
}

function edited(list: RawHeaders, edits: readonly Edit[], asked: SideRequest): RawHeaders {
  return edits.reduce<RawHeaders>((now, edit) => {
    const next = without(now, edit);
    const set = typeof edit.set === "function" ? edit.set(asked) : edit.set;
    if (set.length > 0) keepNamed(next, edit.drop);
    next.push(...set);
    return next;
  }, list);
}

function reduced(list: RawHeaders, edits: readonly Edit[]): RawHeaders {
  return edits.reduce<RawHeaders>((now, edit) => without(now, edit), list);
}

function without(list: RawHeaders, { drop, aliases }: Edit): string[] {
  const kept: string[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string;
    const lower = name.toLowerCase();
    if (drop.has(lower) || (aliases && drop.has(dashed(lower)))) continue;
    kept.push(name, list[i + 1] as string);
  }
  return kept;
}
