/**
 * Where new pairs of tokens are kept while the repository does not take them: a place other than its database, so that they
 * outlive the process. Provide it as `emergencySink`. Four methods, easy to write on a folder, an object store or Redis;
 * `FileEmergencySink` is the one for a folder.
 *
 * A key is made by the module, is never used for anything else, and has at most 128 characters of `A-Z`, `a-z`, `0-9` and `-`.
 * A text has a few kilobytes, and holds tokens: sealed where sealing is configured, like the body of a record.
 * Several instances and apps may share one sink. Trouble is thrown, and tried again.
 */
export interface GhlAuthEmergencySink {
  /** Keeps the text under the key, in place of what is there. It is safe when the promise has resolved. */
  put(key: string, text: string): Promise<void>;
  /** The keys of everything that is kept, in any order; other things that are kept there do no harm. */
  list(): Promise<readonly string[]>;
  /** What is kept under the key, or `null` where it is gone. */
  get(key: string): Promise<string | null>;
  /** Removes it. Where it is gone already, nothing happens. */
  remove(key: string): Promise<void>;
}
