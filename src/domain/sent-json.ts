/** Makes of each value, and what is written where it is a single one, what stands in its place. */
type Read = (value: unknown, source: string | undefined) => unknown;
type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Of no meaning anywhere (Unicode's private use). What stands for a name begins with it and a number that the text has not. */
const MARK = "\ue000";
const MARKS = new RegExp(`${MARK}(\\d+)`, "g");

/**
 * JSON.parse for what others send, where a decision or an answer hangs on its members' names.
 *
 * V8 of Node 24 takes a name with an escape for another one: after `{"c":1,"ad\\u0":1}` it reads `{"c":1,"ad\u006din":1}` as a member `ad\u0`,
 * since it compares the name it expects with what is written, and not with what that means. Who sends both hides a member from whoever
 * reads it here, and from no side. So V8 is given no name with an escape: it gets what the name means, or something that stands for it.
 */
export function parseSent(text: string, read?: Read): unknown {
  if (!text.includes("\\")) return parsed(text, read);
  const { plain, names } = withPlainNames(text);
  const value = parsed(plain, read);
  return names.size === 0 ? value : withNames(value, names);
}

function parsed(text: string, read: Read | undefined): unknown {
  if (read === undefined) return JSON.parse(text);
  // What node's types do not have yet: the text of a number.
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  return parse(text, (_name, value, { source }) => read(value, source));
}

interface PlainNames {
  readonly plain: string;
  /** Of those that cannot be written without an escape, by what stands for them. */
  readonly names: ReadonlyMap<string, string>;
}

function withPlainNames(text: string): PlainNames {
  const standIns = new StandIns(text);
  const parts: string[] = [];
  let copied = 0;
  let escapeAt = text.indexOf("\\");
  for (let from = text.indexOf('"'); from >= 0 && escapeAt >= 0; ) {
    if (escapeAt < from) escapeAt = text.indexOf("\\", from);
    const end = endOfText(text, from, escapeAt);
    if (end < 0) break;
    if (escapeAt >= 0 && escapeAt < end && isName(text, end + 1)) {
      parts.push(text.slice(copied, from), standIns.written(JSON.parse(text.slice(from, end + 1))));
      copied = end + 1;
    }
    from = text.indexOf('"', end + 1);
  }
  parts.push(text.slice(copied));
  return { plain: parts.join(""), names: standIns.names };
}

class StandIns {
  readonly names = new Map<string, string>();
  private readonly text: string;
  private readonly byName = new Map<string, string>();
  private start: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  written(name: string): string {
    const written = JSON.stringify(name);
    if (!written.includes("\\") && !name.includes(MARK)) return written;
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    this.start ??= this.unused();
    const standIn = `${this.start}~${this.names.size}`;
    this.names.set(standIn, name);
    this.byName.set(name, `"${standIn}"`);
    return `"${standIn}"`;
  }

  private unused(): string {
    const used = new Set(Array.from(this.text.matchAll(MARKS), ([, number]) => number));
    let number = 0;
    while (used.has(String(number))) number++;
    return `${MARK}${number}`;
  }
}

/** Where the text that begins here ends; `escapeAt`: where the next backslash is, if any. */
function endOfText(text: string, from: number, escapeAt: number): number {
  const quote = text.indexOf('"', from + 1);
  if (escapeAt < 0 || quote < escapeAt) return quote;
  for (let i = escapeAt; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return -1;
}

function isName(text: string, after: number): boolean {
  let at = after;
  while (" \t\r\n".includes(text[at] ?? "x")) at++;
  return text[at] === ":";
}

/** In place, and without a reviver: JSON.parse takes many times as long with one. */
function withNames(value: unknown, names: ReadonlyMap<string, string>): unknown {
  const whole = { value };
  const open: object[] = [whole];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    const members = each as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member !== "object" || member === null) continue;
      const named = renamed(member, names);
      if (named !== member) members[name] = named;
      open.push(named);
    }
  }
  return whole.value;
}

function renamed(members: object, names: ReadonlyMap<string, string>): object {
  if (Array.isArray(members) || !Object.keys(members).some((name) => names.has(name))) return members;
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [names.get(name) ?? name, value]));
}
