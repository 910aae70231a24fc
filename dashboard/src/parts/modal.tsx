import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ModalProps {
  readonly id: string;
  readonly title: string;
  /** Left out: only what stands in it closes it. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: focus stays inside, Escape closes it, and goes back where it was. */
export function Modal({ id, title, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const cancel = (event: Event) => (onClose === undefined ? event.preventDefault() : onClose());
  return (
    <dialog ref={dialog} class="act" aria-labelledby={id} onClose={() => onClose?.()} onCancel={cancel}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
