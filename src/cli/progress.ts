/**
 * Progress: one line on stderr that says what is going on and is gone in the end. Only for people: files and logs
 * would keep every version of it.
 */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

const REST_MS = 100;
const ERASE_LINE = '\r\u001b[K';

export class Progress {
  readonly #stream: ProgressStream;
  #isShown = false;
  /** When what changes fast may be said again. */
  #next = 0;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** Replaces the line. */
  say(text: string): void {
    if (this.#stream.isTTY !== true) return;
    this.#stream.write(`${ERASE_LINE}${text}`);
    this.#isShown = true;
  }

  /** The same, for what changes faster than anybody reads: most of it is left out. */
  maySay(text: string): void {
    if (this.#stream.isTTY !== true || performance.now() < this.#next) return;
    this.say(text);
    this.#next = performance.now() + REST_MS;
  }

  /** Erases the line. */
  end(): void {
    if (this.#isShown) this.#stream.write(ERASE_LINE);
    this.#isShown = false;
  }
}
