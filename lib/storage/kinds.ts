/** The kinds of records of which an app has many; their keys begin with the kind and the app's id. */
export const KINDS = ['installation', 'job', 'job_chunk', 'job_item', 'share'] as const;

/** What the keys of an app's records of a kind begin with, and no other app's: an app id has no slash. */
export const prefixOf = (kind: (typeof KINDS)[number], appId: string): string => `${kind}/${appId}/`;
