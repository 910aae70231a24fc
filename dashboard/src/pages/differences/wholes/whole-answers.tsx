import { useState } from "preact/hooks";
import { url } from "../../../state/api.ts";
import { useResource } from "../../../state/resource.ts";
import { useNow } from "../../../state/use-now.ts";
import type { Difference, WholeRow } from "../../../state/wire.ts";
import { countOf, fullMoment, momentText } from "../../../words.ts";
import { WholeView } from "./whole-view.tsx";

/** A page shows so many; the API has all. */
const MAX_LISTED = 20;

/** The requests of a difference of which both answers are kept whole; one of them opens at a time. */
export function WholeAnswers({ row }: { readonly row: Difference }) {
  const { route, path, kind, withheld } = row;
  const asked = withheld ? undefined : url("/whole-answers", { route, path, kind });
  const { data = [] } = useResource<readonly WholeRow[]>(asked, { pauseMs: 5_000 });
  const [open, setOpen] = useState<string | undefined>(undefined);
  const now = useNow(60_000);
  if (data.length === 0) return null;
  return (
    <section class="wholes" aria-label={`Whole answers that differ at ${path}`}>
      <p class="wholes-title">{countOf(data.length, "whole answer", "whole answers")}</p>
      <ul>
        {data.slice(0, MAX_LISTED).map(({ id, at, title }) => {
          const shown = open === id;
          return (
            <li key={id}>
              <button
                type="button"
                class="whole-toggle"
                aria-expanded={shown}
                aria-controls={`whole-${id}`}
                onClick={() => setOpen(shown ? undefined : id)}
              >
                <code>{title === null ? id : `${title.method} ${title.target}`}</code>
                <span class="note" title={fullMoment(at)}>
                  {momentText(at, now)}
                </span>
              </button>
              {shown && (
                <div id={`whole-${id}`}>
                  <WholeView id={id} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
