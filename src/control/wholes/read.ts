import type { FrontDoorConfig } from "../../domain/config.ts";
import { FigError } from "../../domain/errors.ts";
import { addressText, authority, reachable } from "../../domain/host.ts";
import { curlOf } from "../../domain/whole/curl.ts";
import type { WholeContent } from "../../domain/whole/sample.ts";
import type { StoredWholeHead } from "../../store/contract.ts";
import type { ControlContext } from "../context.ts";
import { readEvidence } from "../evidence.ts";
import { findRoute } from "../requests.ts";
import type { WholesQuery } from "../schemas/requests.ts";
import type { Whole, WholeRow } from "../schemas/wholes.ts";
import { CONTENT, type WholeSeal } from "./contract.ts";
import { placeOf, titleOf } from "./head.ts";

const iso = (ms: number) => new Date(ms).toISOString();

function rowOf(head: StoredWholeHead, seal: WholeSeal): WholeRow {
  const { id, route, revision, at, until } = head;
  const { differences } = placeOf(head);
  return {
    id,
    route,
    revision,
    at: iso(at),
    until: iso(until),
    differences: [...differences],
    title: titleOf(head, seal) ?? null,
  };
}

/** Those of a route's open evidence window, newest first; with a path and a kind, those of that difference. */
export async function wholes(
  { store, facts, ledger, seal }: ControlContext,
  { route, path, kind }: WholesQuery,
): Promise<readonly WholeRow[]> {
  const { routes } = facts.config();
  const found = findRoute(routes, route);
  await facts.keepWholes?.();
  const evidence = await readEvidence(store, await ledger.read(routes), [found]);
  const window = evidence.get(found.id)?.window;
  const heads = await store.listWholes(found.id);
  return heads
    .filter(({ revision, epoch }) => revision === window?.revision && epoch === window.epoch)
    .map((head) => rowOf(head, seal))
    .filter(({ differences }) =>
      differences.some((each) => (path ?? each.path) === each.path && (kind ?? each.kind) === each.kind),
    )
    .reverse();
}

/** Where a client reaches the front door, by its files. */
function doorIn({ listen: [first] }: FrontDoorConfig): string {
  if (first === undefined) return "http://127.0.0.1:8080";
  if (first.unix !== undefined) return addressText(first);
  return `${first.tls === undefined ? "http" : "https"}://${authority(reachable(first.host), first.port)}`;
}

/** One of any window. Throws `unknown_sample`. */
export async function wholeOf({ store, facts, seal }: ControlContext, id: string): Promise<Whole> {
  await facts.keepWholes?.();
  const stored = await store.readWhole(id);
  if (stored === undefined)
    throw new FigError("unknown_sample", "there is no whole answer of this id: its time may be over", {
      remedy: "`fig diff ROUTE` lists those that there are.",
    });
  const row = rowOf(stored, seal);
  const text = seal.open(stored.text, [stored.id, CONTENT]);
  const content = text === undefined ? null : (JSON.parse(text) as WholeContent);
  const { title } = row;
  const door = facts.url?.() ?? doorIn(facts.config());
  const curl =
    content === null || title === null ? null : curlOf(door, { ...title, headers: content.headers });
  return { ...row, content: content as Whole["content"], curl };
}
