/** What few processes ever need: made, and loaded, when it is asked for, and then once. */
export class Later<T> {
  /** What has been made, or is being made. */
  made: Promise<T> | undefined;

  constructor(private readonly make: () => Promise<T>) {}

  get(): Promise<T> {
    this.made ??= this.make().catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
    return this.made;
  }
}
