/** What is wrong with how the command was called, as opposed to what is wrong with the program it looks at. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** What to do about it. */
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
