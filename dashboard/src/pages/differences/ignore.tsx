import { useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { ScrollingText } from "../../parts/scrolling.tsx";
import { announce } from "../../state/notice.ts";
import type { Difference } from "../../state/wire.ts";

type Advice = Difference["ignore"][number];

/** What a line of each key does. */
const DOES: Readonly<Record<Advice["key"], string>> = {
  arrays: "Compares this array without its order.",
  tolerance: "Allows numbers to differ by so much.",
  nulls: "Takes a member that is null for one that is not there, in all of this route.",
  status: "Takes these statuses for equal.",
  text: "Leaves what this pattern matches out of texts.",
  headers: "Compares this header no more.",
  ignore: "Compares this path no more, whatever it holds.",
};

/** Lines of YAML that make this difference count no more, to be pasted into the route's file: the page changes no files. */
export function Ignore({ row }: { readonly row: Difference }) {
  const [shown, setShown] = useState(false);
  const { ignore } = row;
  const [first] = ignore;
  if (first === undefined) {
    return (
      <p class="note">
        {row.path === "body"
          ? "A whole body cannot be ignored. What differs in a text on purpose can be replaced before it is compared: compare.text."
          : `A difference of ${row.path === "status" ? "the status" : "this kind"} cannot be ignored: answers that differ in it are no equal answers.`}
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
  return (
    <div class="ignore">
      <p>
        Under <code>compare</code> of route <code>{row.route}</code> in{" "}
        <code title={first.file}>
          {first.file.split(/[\\/]/).slice(-2).join("/")}:{first.line}
        </code>
        {ignore.length > 1 && ", one of these; the first hides the least"}. If its key is there, replace it:
        the line includes what is there already. Front doors read the file when it is saved, and a new
        evidence window opens.
      </p>
      {ignore.map((advice) => (
        <AdviceLine key={advice.key} advice={advice} />
      ))}
    </div>
  );
}

function AdviceLine({ advice: { key, yaml } }: { readonly advice: Advice }) {
  const text = useRef<HTMLPreElement>(null);
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
    <>
      <p class="note">{DOES[key]}</p>
      <ScrollingText text={text}>{yaml}</ScrollingText>
      <button type="button" class="button small" onClick={copy} aria-label={`Copy the line for ${key}`}>
        <Icon name="copy" /> Copy
      </button>
    </>
  );
}
