import { useMemo, useRef } from "preact/hooks";
import { answerDiff } from "../../../../../src/domain/whole/diff.ts";
import { Icon } from "../../../parts/icon.tsx";
import { ScrollingText } from "../../../parts/scrolling.tsx";
import { SideHeads } from "../../../parts/side-heads.tsx";
import { Loaded } from "../../../parts/states.tsx";
import { announce } from "../../../state/notice.ts";
import { useResource } from "../../../state/resource.ts";
import type { Whole } from "../../../state/wire.ts";
import { countOf, fullMoment } from "../../../words.ts";
import { DiffRows } from "./diff-rows.tsx";

type Content = NonNullable<Whole["content"]>;

/** One request: what both sides answered beside each other, and the request as a command. */
export function WholeView({ id }: { readonly id: string }) {
  const whole = useResource<Whole>(`/whole-answers/${encodeURIComponent(id)}`);
  return (
    <Loaded of={whole} what="whole answers">
      {({ until, title, content, curl }) =>
        title === null || content === null ? (
          <p class="note">
            None of the keys in <code>samples.keys</code> opens it. It goes {fullMoment(until)}.
          </p>
        ) : (
          <>
            <p class="note">
              {title.serving} served · request <code>{title.requestId}</code> · kept until {fullMoment(until)}
              . Credentials, and what <code>redact</code> names, are not in it.
            </p>
            <Answers content={content} />
            {curl !== null && <Curl command={curl} />}
          </>
        )
      }
    </Loaded>
  );
}

function Answers({ content }: { readonly content: Content }) {
  const parts = useMemo(() => answerDiff(content), [content]);
  return (
    <table class="whole">
      <caption class="unseen">Both answers, line by line</caption>
      <thead>
        <tr>
          <SideHeads />
        </tr>
      </thead>
      {parts.map(({ name, rows, left }) => (
        <tbody key={name}>
          <tr>
            <th scope="rowgroup" colSpan={2}>
              {name}
            </th>
          </tr>
          {rows.length === 0 && (
            <tr>
              <td colSpan={2} class="quiet">
                none
              </td>
            </tr>
          )}
          <DiffRows rows={rows} />
          {left > 0 && (
            <tr>
              <td colSpan={2} class="quiet">
                and {countOf(left, "more row")}: <code>fig diff --sample</code> with <code>--json</code> has
                all
              </td>
            </tr>
          )}
        </tbody>
      ))}
    </table>
  );
}

function Curl({ command }: { readonly command: string }) {
  const text = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      // Browsers have no clipboard for pages that came over plain HTTP from another machine.
      await navigator.clipboard.writeText(command);
      announce("Copied.");
    } catch {
      if (text.current !== null) getSelection()?.selectAllChildren(text.current);
      announce("The browser does not allow copying here. The text is selected: copy it yourself.");
    }
  };
  return (
    <div class="whole-curl">
      <ScrollingText text={text}>{command}</ScrollingText>
      <button type="button" class="button small" onClick={copy}>
        <Icon name="copy" /> Copy as curl
      </button>
    </div>
  );
}
