/** A map that forgets what was put in longest ago when it is full. */
export class BoundedMap<V> extends Map<string, V> {
  constructor(private readonly limit: number) {
    super();
  }

  override set(key: string, value: V): this {
    this.delete(key);
    if (this.size >= this.limit) this.delete(this.keys().next().value as string);
    return super.set(key, value);
  }
}
