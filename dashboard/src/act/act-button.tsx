import type { ComponentChildren } from "preact";
import { Icon } from "../parts/icon.tsx";
import { useCell } from "../state/cell.ts";
import { href } from "../state/place.ts";
import { session } from "../state/session.ts";

interface ActButtonProps {
  readonly onClick: () => void;
  readonly primary?: boolean;
  readonly disabled?: boolean;
  readonly small?: boolean;
  readonly children: ComponentChildren;
}

/** Opens a dialog; for readers it leads to the login instead. */
export function ActButton({
  onClick,
  primary = false,
  disabled = false,
  small = false,
  children,
}: ActButtonProps) {
  const readOnly = useCell(session)?.readOnly ?? false;
  const look = `button${primary ? " primary" : ""}${small ? " small" : ""}`;
  if (readOnly && !disabled) {
    return (
      <a class={look} href={href(["login"])} title="Log in to act">
        <Icon name="lock" /> {children}
      </a>
    );
  }
  return (
    <button type="button" class={look} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}
