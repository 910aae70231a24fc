import { useRef } from "preact/hooks";
import { Icon } from "../../parts/icon.tsx";
import { announce } from "../../state/notice.ts";

/** A key's text, which nobody can be shown again: only a button closes what it stands in. */
export function ShownOnce({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  const shown = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce("Copied.");
    } catch {
      // Without TLS browsers give pages no clipboard: what is selected can be copied by hand.
      if (shown.current !== null) getSelection()?.selectAllChildren(shown.current);
      announce("Selected: copy it with the keyboard.");
    }
  };
  return (
    <div class="form">
      <p class="alert alert-warning" role="status">
        <Icon name="warning" /> <span>This is the only time that its text is shown. It is kept nowhere.</span>
      </p>
      <code class="value key-text" ref={shown}>
        {text}
      </code>
      <footer>
        <button type="button" class="button" onClick={copy}>
          <Icon name="copy" /> Copy
        </button>
        <button type="button" class="button primary" onClick={onClose}>
          I have it
        </button>
      </footer>
    </div>
  );
}
