import type { Connection } from "./connection.ts";

const TAG = /^[\w.:@/-]{1,64}$/;

/** Which connections have which tags. */
export class Tags {
  /** By `api tag` with a tab between them. */
  private readonly sets = new Map<string, Set<Connection>>();

  /** `a, +b, -c`: a and b are added, c is taken away. Gives how many did not fit, or are no tags. */
  change(connection: Connection, text: string, most: number): number {
    let refused = 0;
    for (const part of text.split(",")) {
      const word = part.trim();
      if (word === "") continue;
      const name = /^[+-]/.test(word) ? word.slice(1) : word;
      if (word.startsWith("-")) this.remove(connection, name);
      else if (!TAG.test(name) || !this.add(connection, name, most)) refused++;
    }
    return refused;
  }

  /** Those that have it now. */
  of(api: string, tag: string): readonly Connection[] {
    return [...(this.sets.get(`${api}\t${tag}`) ?? [])];
  }

  forget(connection: Connection): void {
    for (const tag of [...(connection.tags ?? [])]) this.remove(connection, tag);
  }

  private add(connection: Connection, tag: string, most: number): boolean {
    connection.tags ??= new Set();
    if (connection.tags.has(tag)) return true;
    if (connection.tags.size >= most) return false;
    connection.tags.add(tag);
    const key = `${connection.api}\t${tag}`;
    const set = this.sets.get(key) ?? new Set();
    set.add(connection);
    this.sets.set(key, set);
    return true;
  }

  private remove(connection: Connection, tag: string): void {
    if (connection.tags?.delete(tag) !== true) return;
    const key = `${connection.api}\t${tag}`;
    const set = this.sets.get(key);
    set?.delete(connection);
    if (set?.size === 0) this.sets.delete(key);
  }
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}
