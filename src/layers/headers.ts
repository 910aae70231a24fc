import type { BackendListener } from "../backends/contract.ts";
import type { RawHeaders } from "../domain/message.ts";
import type { HeaderEdit } from "../domain/route.ts";
import { latin1OfUtf8 } from "../routing/bytes.ts";
import type { SideLayer } from "./contract.ts";
import { Relay } from "./relay.ts";

/** Removes and sets fields, on the way in and out: the route's, then the side's, then the shadow's own. */
export const headers: SideLayer = {
  name: "headers",
  create(route, side, shadow) {
    const changes = [route.headers, route[side]?.headers];
    const request = present([
      ...changes.map((each) => each?.request),
      shadow ? route.shadow.headers : undefined,
    ]);
    const answer = present(changes.map((each) => each?.answer));
    if (request.length === 0 && answer.length === 0) return undefined;
    return {
      wrap: (open) => (asked, listener) => {
        const changed = request.length === 0 ? asked : { ...asked, headers: edited(asked.headers, request) };
        if (answer.length === 0) return open(changed, listener);
        return new Editing(listener, answer).through(open, changed);
      },
    };
  },
};

/** An edit, ready to be made. */
interface Edit {
  /** Lower-case names. */
  readonly drop: ReadonlySet<string>;
  /** Flat [name, value, ...], latin1. */
  readonly set: RawHeaders;
}

function present(edits: readonly (HeaderEdit | undefined)[]): readonly Edit[] {
  return edits
    .filter((edit) => edit !== undefined)
    .map(({ remove, set }) => ({
      drop: new Set([...remove, ...Object.keys(set)]),
      set: Object.entries(set).flatMap(([name, value]) => [name, latin1OfUtf8(value)]),
    }));
}

class Editing extends Relay {
  private readonly edits: readonly Edit[];

  constructor(listener: BackendListener, edits: readonly Edit[]) {
    super(listener);
    this.edits = edits;
  }

  override onHead(status: number, reason: string, list: RawHeaders, framing: number): void {
    this.listener.onHead(status, reason, edited(list, this.edits), framing);
  }

  override onUpgrade(status: number, reason: string, list: RawHeaders): void {
    this.listener.onUpgrade(status, reason, edited(list, this.edits));
  }
}

function edited(list: RawHeaders, edits: readonly Edit[]): RawHeaders {
  let now = list;
  for (const { drop, set } of edits) {
    const next: string[] = [];
    for (let i = 0; i < now.length; i += 2) {
      const name = now[i] as string;
      if (!drop.has(name.toLowerCase())) next.push(name, now[i + 1] as string);
    }
    next.push(...set);
    now = next;
  }
  return now;
}
