/** What is changed on the way to one side, and on its way back, so that it takes and gives what the other does. */
export interface TransformPolicy {
  readonly legacy?: SideTransform | undefined;
  readonly modern?: SideTransform | undefined;
}

export interface SideTransform {
  readonly request?: RequestTransform | undefined;
  readonly answer?: AnswerTransform | undefined;
  /** Of a body, before and after. */
  readonly maxBytes: number;
}

export interface RequestTransform {
  /** Upper-case; undefined: the client's. */
  readonly method?: string | undefined;
  readonly query?: QueryEdit | undefined;
  readonly body?: BodyTransform | undefined;
}

export interface QueryEdit {
  /** Old names to new ones. */
  readonly rename: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  /** In place of what came under these names. */
  readonly set: Readonly<Record<string, string>>;
}

export interface AnswerTransform {
  /** A side's status, as text, to the client's. */
  readonly status?: Readonly<Record<string, number>> | undefined;
  readonly body?: BodyTransform | undefined;
}

export interface BodyTransform {
  /** JSONata. */
  readonly expression: string;
  /** Content-Type of the result; undefined: `application/json`. */
  readonly type?: string | undefined;
}
