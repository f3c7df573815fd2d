/**
 * Progress: one line on stderr that says what is going on and is gone in the end. Only for people: files and logs
 * would keep every version of it.
 */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[K';

export class Progress {
  readonly #stream: ProgressStream;
  #isShown = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** Replaces the line. */
  say(text: string): void {
    if (this.#stream.isTTY !== true) return;
    this.#stream.write(`${ERASE_LINE}${text}`);
    this.#isShown = true;
  }

  /** Erases the line. */
  end(): void {
    if (this.#isShown) this.#stream.write(ERASE_LINE);
    this.#isShown = false;
  }
}
