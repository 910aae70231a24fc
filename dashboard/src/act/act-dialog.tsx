import { useEffect, useRef } from "preact/hooks";
import { useCell } from "../state/cell.ts";
import { type Act, openedAct, titleOf } from "./act.ts";
import { ActForm } from "./act-form.tsx";

/** The browser's own modal dialog: focus stays inside, Escape closes it, and goes back where it was. */
export function ActDialog() {
  const act = useCell(openedAct);
  return act === undefined ? null : <Opened key={JSON.stringify(act)} act={act} />;
}

const close = () => openedAct.set(undefined);

function Opened({ act }: { readonly act: Act }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="act" aria-labelledby="act-title" onClose={close} onCancel={close}>
      <h2 id="act-title">{titleOf(act)}</h2>
      <ActForm act={act} onClose={close} />
    </dialog>
  );
}
