/** Fields of a head that go, and others that are set in place of what came under their names. Names are lower-case. */
export interface HeaderEdit {
  readonly remove: readonly string[];
  /** Values may have variables: field-variables.ts. */
  readonly set: Readonly<Record<string, string>>;
}

export interface HeaderChanges {
  readonly request?: HeaderEdit | undefined;
  readonly answer?: HeaderEdit | undefined;
}
