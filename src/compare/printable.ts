/** C0 and C1 controls, direction overrides, line separators and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");

export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

function escapeOf(char: string): string {
  let text = "";
  for (let i = 0; i < char.length; i++) text += `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return text;
}

/** JSON text with every unprintable character as an escape: what is stored ends up in terminals and pages. */
export function printable(json: string): string {
  return isPrintable(json) ? json : json.replace(EACH_UNPRINTABLE, escapeOf);
}
