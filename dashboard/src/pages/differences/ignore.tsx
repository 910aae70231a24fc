import { useState } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { announce } from "../../state/notice.ts";
import type { Difference } from "../../state/wire.ts";

/** The YAML that makes this difference count no more, to be pasted into the route's file: the page changes no files. */
export function Ignore({ row }: { readonly row: Difference }) {
  const [shown, setShown] = useState(false);
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
  const copy = () =>
    navigator.clipboard.writeText(ignore.yaml).then(
      () => announce("Copied."),
      () => announce("The browser does not allow copying: mark the text and copy it."),
    );
  return (
    <div class="ignore">
      <p>
        Into route <code>{row.route}</code> of{" "}
        <code title={ignore.file}>{ignore.file.split(/[\\/]/).slice(-2).join("/")}</code>. Front doors take it
        when the file is saved, and the evidence begins anew.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{ignore.yaml}</pre>
      <button type="button" class="button small" onClick={copy}>
        <Icon name="copy" /> Copy
      </button>
    </div>
  );
}
