import type { WholeDifference, WholePlace, WholeSample, WholeTitle } from "../../domain/whole/sample.ts";
import type { StoredWhole, StoredWholeHead } from "../../store/contract.ts";
import { CONTENT, TITLE, type WholeSeal } from "./contract.ts";

/** What the state has of a whole answer beside its content. */
interface Head {
  readonly client: number | null;
  readonly differences: readonly WholeDifference[];
  /** Sealed. */
  readonly title: string;
}

/** Undefined: its keys cannot be read. */
export function storedWhole(sample: WholeSample, seal: WholeSeal): StoredWhole | undefined {
  const { id, window, at, until, client = null, differences } = sample;
  const title = seal.seal(JSON.stringify(sample.title), [id, TITLE]);
  const text = seal.seal(sample.content, [id, CONTENT]);
  if (title === undefined || text === undefined) return undefined;
  const head = JSON.stringify({ client, differences, title } satisfies Head);
  return { ...window, id, at, until, bytes: head.length + text.length, head, text };
}

export function placeOf({ id, at, head }: StoredWholeHead): WholePlace {
  const { client, differences } = JSON.parse(head) as Head;
  return { id, at, client: client ?? undefined, differences };
}

/** Undefined: none of the present keys opens it. */
export function titleOf({ id, head }: StoredWholeHead, seal: WholeSeal): WholeTitle | undefined {
  const title = seal.open((JSON.parse(head) as Head).title, [id, TITLE]);
  return title === undefined ? undefined : (JSON.parse(title) as WholeTitle);
}
