import { SideHeads } from "../../parts/side-heads.tsx";
import { useNow } from "../../state/use-now.ts";
import type { Difference } from "../../state/wire.ts";
import { fullMoment, momentText } from "../../words.ts";
import { marked, type Part } from "./marked.ts";

/** Pairs of values with what differs marked, spread over time, and the requests that they are of. */
export function Samples({ row }: { readonly row: Difference }) {
  const now = useNow(60_000);
  if (row.withheld) return <p class="note">Log in to see samples: they hold values of real answers.</p>;
  if (row.samples.length === 0) return <p class="note">No samples are kept (compare.samples is 0).</p>;
  return (
    <table class="samples">
      <caption class="unseen">Samples of {row.path}</caption>
      <thead>
        <tr>
          <SideHeads />
          <th scope="col">when, request</th>
        </tr>
      </thead>
      <tbody>
        {row.samples.map(({ legacy, modern, at, requestId, method, target, statuses }) => {
          const [left, right] = marked(legacy ?? "", modern ?? "");
          return (
            <tr key={requestId + at}>
              <td>
                <Value parts={left} missing={legacy === undefined} />
              </td>
              <td>
                <Value parts={right} missing={modern === undefined} />
              </td>
              <td class="sample-where">
                <span title={fullMoment(at)}>{momentText(at, now)}</span>
                {method !== undefined && (
                  <code>
                    {method} {target}
                  </code>
                )}
                {statuses !== undefined && (
                  <span class="note">
                    legacy {statuses.legacy ?? "failed"}, modern {statuses.modern ?? "failed"}
                  </span>
                )}
                <code class="quiet">{requestId}</code>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Value({ parts, missing }: { readonly parts: readonly Part[]; readonly missing: boolean }) {
  if (missing) return <i class="quiet">missing</i>;
  return (
    <code class="value">
      {parts.map(({ text, differs }, at) =>
        differs ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
      )}
    </code>
  );
}
