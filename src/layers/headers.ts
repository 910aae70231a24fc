import type { BackendListener } from "../backends/contract.ts";
import { dashed } from "../domain/forwarding-fields.ts";
import { indexOfHeader } from "../domain/headers.ts";
import { CHUNKED, type RawHeaders } from "../domain/message.ts";
import type { HeaderEdit } from "../domain/route.ts";
import { latin1OfUtf8 } from "../routing/bytes.ts";
import type { SideLayer, SideRequest } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Removes and sets fields, on the way in and out: the route's, then the side's, then the shadow's own. */
export const headers: SideLayer = {
  name: "headers",
  create(route, side, shadow, { underscoreHeaders }) {
    const changes = [route.headers, route[side]?.headers];
    // A server that takes X_Team for X-Team would read what was removed, or was not set here.
    const request = present(
      [...changes.map((each) => each?.request), shadow ? route.shadow.headers : undefined],
      underscoreHeaders === "drop",
    );
    const answer = present(
      changes.map((each) => each?.answer),
      false,
    );
    if (request.length === 0 && answer.length === 0) return undefined;
    return {
      wrap: (open) => (asked, listener) => {
        const changed = request.length === 0 ? asked : { ...asked, headers: edited(asked.headers, request) };
        // Only a chunked request can have trailers.
        const trailers = request.length > 0 && asked.framing === CHUNKED;
        if (answer.length === 0 && !trailers) return open(changed, listener);
        return new Editing(listener, request, answer, asked.heard).through(open, changed);
      },
    };
  },
};

/** An edit, ready to be made. */
interface Edit {
  /** Lower-case names. */
  readonly drop: ReadonlySet<string>;
  /** Spellings of them with underscores too. */
  readonly aliases: boolean;
  /** Flat [name, value, ...], latin1. */
  readonly set: RawHeaders;
}

function present(edits: readonly (HeaderEdit | undefined)[], aliases: boolean): readonly Edit[] {
  return edits
    .filter((edit) => edit !== undefined)
    .map(({ remove, set }) => ({
      drop: new Set([...remove, ...Object.keys(set)]),
      aliases,
      set: Object.entries(set).flatMap(([name, value]) => [name, latin1OfUtf8(value)]),
    }));
}

/** Fields are set in heads; what is removed from a head is removed from trailers and interim answers too. */
class Editing extends Relay {
  private readonly request: readonly Edit[];
  private readonly answer: readonly Edit[];
  private readonly heard: SideRequest["heard"];

  constructor(
    listener: BackendListener,
    request: readonly Edit[],
    answer: readonly Edit[],
    heard: SideRequest["heard"],
  ) {
    super(listener);
    this.request = request;
    this.answer = answer;
    this.heard = heard;
  }

  override end(trailers: RawHeaders | undefined): void {
    this.call.end(trailers && reduced(trailers, this.request));
  }

  override onInform(status: number, reason: string, list: RawHeaders): void {
    this.listener.onInform(status, reason, reduced(list, this.answer));
  }

  override onHead(status: number, reason: string, list: RawHeaders, framing: number): void {
    this.heard?.(list);
    this.listener.onHead(status, reason, edited(list, this.answer), framing);
  }

  override onUpgrade(status: number, reason: string, list: RawHeaders): void {
    this.listener.onUpgrade(status, reason, edited(list, this.answer));
  }

  override onEnd(trailers: RawHeaders | undefined): void {
    this.listener.onEnd(trailers && reduced(trailers, this.answer));
  }
}

function edited(list: RawHeaders, edits: readonly Edit[]): RawHeaders {
  return edits.reduce<RawHeaders>((now, edit) => {
    const next = without(now, edit);
    if (edit.set.length > 0) keepNamed(next, edit.drop);
    next.push(...edit.set);
    return next;
  }, list);
}

/** Connection names fields that end at this hop: not those that are set here. */
function keepNamed(list: string[], set: ReadonlySet<string>): void {
  for (let at = indexOfHeader(list, "connection"); at >= 0; at = indexOfHeader(list, "connection", at + 2)) {
    const names = (list[at + 1] as string).split(",");
    list[at + 1] = names.filter((name) => !set.has(name.trim().toLowerCase())).join(",");
  }
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
