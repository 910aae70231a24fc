import { Modal } from "../parts/modal.tsx";
import { useCell } from "../state/cell.ts";
import { openedAct, titleOf } from "./act.ts";
import { ActForm } from "./act-form.tsx";

const close = () => openedAct.set(undefined);

export function ActDialog() {
  const act = useCell(openedAct);
  if (act === undefined) return null;
  return (
    <Modal key={JSON.stringify(act)} id="act-title" title={titleOf(act)} onClose={close}>
      <ActForm act={act} onClose={close} />
    </Modal>
  );
}
