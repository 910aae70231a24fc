import { useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { announce } from "../../state/notice.ts";
import type { Difference } from "../../state/wire.ts";

/** The line of YAML that makes this difference count no more, to be pasted into the route's file: the page changes no files. */
export function Ignore({ row }: { readonly row: Difference }) {
  const [shown, setShown] = useState(false);
  const text = useRef<HTMLPreElement>(null);
  const { ignore } = row;
  if (ignore === null) {
    return (
      <p class="note">
        A difference of {row.path === "status" ? "the status" : "this kind"} cannot be ignored: answers that
        differ in it are no equal answers.
      </p>
    );
  }
  if (!shown) {
    return (
      <button type="button" class="button small" onClick={() => setShown(true)}>
        Ignore this …
      </button>
    );
  }
  const { key, yaml, file, line } = ignore;
  const copy = async () => {
    try {
      // Browsers have no clipboard for pages that came over plain HTTP from another machine.
      await navigator.clipboard.writeText(yaml);
      announce("Copied.");
    } catch {
      if (text.current !== null) getSelection()?.selectAllChildren(text.current);
      announce("The browser does not allow copying here. The text is selected: copy it yourself.");
    }
  };
  return (
    <div class="ignore">
      <p>
        Under <code>compare</code> of route <code>{row.route}</code> in{" "}
        <code title={file}>
          {file.split(/[\\/]/).slice(-2).join("/")}:{line}
        </code>
        . If <code>{key}</code> is there, replace it: the line includes what is there already. Front doors
        read the file when it is saved, and a new evidence window opens.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} ref={text}>
        {yaml}
      </pre>
      <button type="button" class="button small" onClick={copy}>
        <Icon name="copy" /> Copy
      </button>
    </div>
  );
}
