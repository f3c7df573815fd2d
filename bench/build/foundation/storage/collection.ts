export interface Identified {
  id: string;
}

/** Records in memory with an index on one of their fields. */
export class Collection<T extends Identified> {
  #byId = new Map<string, T>();
  #index = new Map<string, Set<string>>();
  #field: keyof T;
  #changes = 0;

  constructor(field: keyof T) {
    this.#field = field;
  }

  get size() {
    return this.#byId.size;
  }

  get changes() {
    return this.#changes;
  }

  find(id: string) {
    return this.#byId.get(id);
  }

  all() {
    return [...this.#byId.values()];
  }

  where(value: T[keyof T]) {
    const ids = this.#index.get(String(value)) ?? new Set<string>();
    return [...ids].flatMap(id => this.#byId.get(id) ?? []);
  }

  save(record: T) {
    this.#unindex(record.id);
    this.#byId.set(record.id, record);
    const key = String(record[this.#field]);
    const ids = this.#index.get(key) ?? new Set();
    this.#index.set(key, ids.add(record.id));
    this.#changes++;
    return record;
  }

  delete(id: string) {
    this.#unindex(id);
    this.#changes++;
    return this.#byId.delete(id);
  }

  #unindex(id: string) {
    const known = this.#byId.get(id);
    if (known) this.#index.get(String(known[this.#field]))?.delete(id);
  }
}
