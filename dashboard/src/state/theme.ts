import { cell } from "./cell.ts";

type Theme = "light" | "dark";

const KEY = "fig.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

function chosen(): Theme | undefined {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : undefined;
}

/** What the user chose here, else what the system asks for. */
export const theme = cell<Theme>(chosen() ?? (system.matches ? "dark" : "light"));

function apply(): void {
  document.documentElement.dataset.theme = theme.get();
}

export function toggleTheme(): void {
  const next = theme.get() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  theme.set(next);
}

theme.subscribe(apply);
system.addEventListener("change", () => {
  if (chosen() === undefined) theme.set(system.matches ? "dark" : "light");
});
apply();
