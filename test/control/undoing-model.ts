import type { MigrationDefinition } from "../../src/domain/migration.ts";
import { type Position, samePosition } from "../../src/domain/position.ts";

export type Move =
  | { readonly kind: "up" | "down" | "rollbackAll" }
  | { readonly kind: "shift"; readonly route: string; readonly modern: number }
  | { readonly kind: "rollback"; readonly route: string }
  | { readonly kind: "rollbackTo"; readonly route: string | undefined; readonly to: number };

/** What can be undone: a move forward, or a step that moved nothing. */
interface Deed {
  readonly revision: number;
  readonly before: Position;
  readonly moved: boolean;
  readonly step: number | undefined;
}

interface Stand {
  readonly position: Position;
  /** Oldest first. */
  readonly deeds: readonly Deed[];
}

type World = Readonly<Record<string, Stand>>;

/**
 * What undoing means, as plain as it can be said (docs/decisions/0019): the whole world is kept after every revision, going
 * forward puts a deed onto a route, and going back is having again what was before a deed.
 */
export class UndoingModel {
  private readonly steps: readonly MigrationDefinition[];
  private readonly worlds: World[];

  constructor(routes: readonly string[], steps: readonly MigrationDefinition[]) {
    this.steps = steps;
    const stand: Stand = { position: { modern: 0, shadow: 0 }, deeds: [] };
    this.worlds = [Object.fromEntries(routes.map((route) => [route, stand]))];
  }

  get revision(): number {
    return this.worlds.length - 1;
  }

  private get now(): World {
    return this.worlds.at(-1) as World;
  }

  modern(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.now).map(([id, { position }]) => [id, position.modern]));
  }

  /** Numbers of the steps that a route holds, in the order they were applied. */
  applied(): readonly number[] {
    const held = Object.values(this.now).flatMap(({ deeds }) =>
      deeds.filter(({ step }) => step !== undefined),
    );
    const newest = new Map<number, number>();
    for (const { step = 0, revision } of held) newest.set(step, Math.max(revision, newest.get(step) ?? 0));
    return [...newest].sort(([, a], [, b]) => a - b).map(([step]) => step);
  }

  next(): MigrationDefinition | undefined {
    const applied = this.applied();
    return this.steps.find(({ number }) => !applied.includes(number));
  }

  drifted(): readonly string[] {
    const applied = this.applied().map((number) => this.step(number));
    return Object.keys(this.now).filter((id) => {
      const left = applied.findLast(({ changes }) => changes[id] !== undefined)?.changes[id]?.modern;
      return left !== undefined && left !== this.now[id]?.position.modern;
    });
  }

  private step(number: number): MigrationDefinition {
    return this.steps.find((step) => step.number === number) as MigrationDefinition;
  }

  private forward(to: Readonly<Record<string, number>>, step?: number): "written" {
    const revision = this.revision + 1;
    const next: Record<string, Stand> = { ...this.now };
    for (const [id, modern] of Object.entries(to)) {
      const { position: before, deeds } = this.now[id] as Stand;
      const position = { ...before, modern };
      const moved = !samePosition(before, position);
      next[id] = { position, deeds: [...deeds, { revision, before, moved, step }] };
    }
    this.worlds.push(next);
    return "written";
  }

  private back(stands: Readonly<Record<string, Stand>>): "written" {
    this.worlds.push({ ...this.now, ...stands });
    return "written";
  }

  private raises(id: string, then: Stand): boolean {
    return then.position.modern > (this.now[id]?.position.modern ?? 0);
  }

  /** What a plain rollback would bring back for a route. */
  private beforeNewest(id: string): Stand | undefined {
    const { deeds } = this.now[id] as Stand;
    const at = deeds.findLastIndex(({ moved }) => moved);
    const deed = deeds[at];
    return deed && { position: deed.before, deeds: deeds.slice(0, at) };
  }

  /** `written`, `nothing` where nothing was to be done, else the code of the refusal. */
  make(move: Move): string {
    switch (move.kind) {
      case "up": {
        const next = this.next();
        if (next === undefined) return "nothing";
        if (this.drifted().length > 0) return "drift";
        const to = Object.entries(next.changes).map(([id, { modern = 0 }]) => [id, modern]);
        return this.forward(Object.fromEntries(to), next.number);
      }
      case "down": {
        const last = this.applied().at(-1);
        if (last === undefined) return "nothing_to_undo";
        const deeds = Object.values(this.now).flatMap((stand) => stand.deeds);
        const revisions = deeds.filter(({ step }) => step === last).map(({ revision }) => revision);
        const before = this.worlds[Math.max(...revisions) - 1] as World;
        const stands = Object.keys(this.step(last).changes).map((id) => [id, before[id] as Stand] as const);
        if (stands.some(([id, then]) => this.raises(id, then))) return "raises_modern";
        return this.back(Object.fromEntries(stands));
      }
      case "shift":
        if (this.now[move.route]?.position.modern === move.modern) return "nothing";
        return this.forward({ [move.route]: move.modern });
      case "rollback": {
        const then = this.beforeNewest(move.route);
        if (then === undefined) return "nothing_to_undo";
        return this.raises(move.route, then) ? "refused" : this.back({ [move.route]: then });
      }
      case "rollbackAll": {
        const found = Object.keys(this.now).flatMap((id) => {
          const then = this.beforeNewest(id);
          return then === undefined ? [] : [[id, then] as const];
        });
        const down = found.filter(([id, then]) => !this.raises(id, then));
        if (down.length > 0) return this.back(Object.fromEntries(down));
        return found.length > 0 ? "refused" : "nothing_to_undo";
      }
      case "rollbackTo": {
        const then = this.worlds[move.to];
        if (then === undefined) return "unknown_revision";
        const ids = move.route === undefined ? Object.keys(this.now) : [move.route];
        const moved = ids.filter(
          (id) => !samePosition((then[id] as Stand).position, (this.now[id] as Stand).position),
        );
        if (moved.length === 0) return "nothing_to_undo";
        return this.back(Object.fromEntries(moved.map((id) => [id, then[id] as Stand])));
      }
    }
  }
}
