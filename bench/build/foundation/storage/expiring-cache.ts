interface Cached<T> {
  value: T;
  until: number;
}

export class ExpiringCache<T> {
  private readonly entries = new Map<string, Cached<T>>();
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly lifetimeMs: number,
    private readonly largest = 1000,
  ) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry || entry.until < Date.now()) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    return entry.value;
  }

  set(key: string, value: T) {
    if (this.entries.size >= this.largest) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key, { value, until: Date.now() + this.lifetimeMs });
    return value;
  }

  forget(key?: string) {
    if (key === undefined) this.entries.clear();
    else this.entries.delete(key);
  }

  statistics() {
    return { size: this.entries.size, hits: this.hits, misses: this.misses };
  }
}
