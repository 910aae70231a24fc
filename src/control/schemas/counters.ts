/** The counters that are shown, as schemas: they follow from domain/counters, and so do their types. */
import { z } from "zod";
import type {
  AnswersShape,
  CountShape,
  GroupShape,
  RecordShape,
  Shape,
  StrataShape,
} from "../../domain/counter-shapes.ts";
import { COUNTER_LIST, SHOWN, type ShapeOf, type ShownName } from "../../domain/counters.ts";

/** The schema of a counter's shape, made of one for answers and one for a number. */
type SchemaFor<S, Answers extends z.ZodType, Number extends z.ZodType> = S extends AnswersShape
  ? Answers
  : S extends CountShape
    ? Number
    : S extends StrataShape
      ? z.ZodNever
      : S extends RecordShape<infer Name>
        ? z.ZodType<Partial<Record<Name, z.output<Number>>>>
        : S extends GroupShape<infer Parts>
          ? z.ZodObject<{ [Name in keyof Parts]: SchemaFor<Parts[Name], Answers, Number> }>
          : never;

type ShownSchemas<Answers extends z.ZodType, Number extends z.ZodType> = {
  [Name in ShownName]: SchemaFor<ShapeOf<Name>, Answers, Number>;
};

/** A schema for each counter that is shown. */
export function shownSchemas<Answers extends z.ZodType, Number extends z.ZodType>(
  answers: Answers,
  number: Number,
): ShownSchemas<Answers, Number> {
  const schemaOf = (shape: Shape): z.ZodType => {
    if (shape.kind === "count") return number;
    if (shape.kind === "answers") return answers;
    if (shape.kind === "strata") return z.never();
    if (shape.kind === "record") return z.partialRecord(z.enum(shape.names), number);
    return z.object(
      Object.fromEntries(Object.entries(shape.parts).map(([name, part]) => [name, schemaOf(part)])),
    );
  };
  const shown = COUNTER_LIST.filter(([name]) => name in SHOWN.parts);
  return Object.fromEntries(
    shown.map(([name, { shape, help }]) => [name, schemaOf(shape).describe(help)]),
  ) as unknown as ShownSchemas<Answers, Number>;
}
