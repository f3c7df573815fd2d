import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { config } from '../config.js';

/** One JSON document on disk. A crash leaves the old or the new one, never half of it. */
export class JsonFile<T> {
  readonly #path: string;
  readonly #initial: T;

  constructor(name: string, initial: T) {
    this.#path = join(config.dataDir, name);
    this.#initial = initial;
  }

  async read(): Promise<T> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return structuredClone(this.#initial);
      throw error;
    }
  }

  async write(document: T) {
    const draft = `${this.#path}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(document));
    await rename(draft, this.#path);
  }

  async change(edit: (document: T) => T) {
    const document = edit(await this.read());
    await this.write(document);
    return document;
  }
}
