import { useNow } from "../state/use-now.ts";
import { agoText, countOf, fullMoment } from "../words.ts";
import { Icon } from "./icon.tsx";

/** What memory has while the store is away. */
interface Unknown {
  readonly since: string;
  readonly what: string;
  readonly read: string | null;
  readonly here?: number | undefined;
}

/** Answers of a front door whose store is away say so; all others have nothing to say. */
export function unknownOf(answer: object): Unknown | undefined {
  return "unknown" in answer ? (answer.unknown as Unknown | undefined) : undefined;
}

/** That figures are old or missing, since when, and from when those are that are shown. */
export function UnknownNote({ of }: { readonly of: object }) {
  const now = useNow();
  const unknown = unknownOf(of);
  if (unknown === undefined) return null;
  const { since, what, read, here } = unknown;
  return (
    <div class="alert alert-warning unknown" role="status">
      <Icon name="warning" />
      <div>
        <b>Not everything is known since {fullMoment(since)}</b>: {what}.{" "}
        {read === null
          ? "No figures could be read: where there are zeros, nobody looked."
          : `The figures shown are from ${fullMoment(read)}, ${agoText(read, now)}.`}
        {here !== undefined && ` This front door has answered ${countOf(here, "request")} since it started.`}
      </div>
    </div>
  );
}
