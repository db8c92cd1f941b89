import { EMPTY_APP_STATE, type AppState } from '../decision/app-state.js';
import type { RecordStore } from './record-store.js';

const KIND = 'app';
/** The format of the app's record that this release writes and reads. */
export const APP_FORMAT = 1;

/** The app's own record, with the version under which it is stored. */
export interface StoredApp {
  readonly version: number | null;
  readonly app: AppState;
}

/** What HighLevel has said about the app, in the repository. */
export class AppStore {
  private readonly key: string;

  constructor(
    private readonly records: RecordStore,
    private readonly appId: string,
  ) {
    this.key = `app/${appId}`;
  }

  /** The latest committed state. A damaged one counts as empty: it holds nothing that HighLevel would not say again. */
  async find(): Promise<StoredApp> {
    const found = await this.records.find(this.key, APP_FORMAT);
    return found === null
      ? { version: null, app: EMPTY_APP_STATE }
      : { version: found.record.version, app: readApp(found.text) };
  }

  /** Stores if nothing else was stored since. @returns what is stored now, or `null` at a conflict */
  async save(stored: StoredApp, app: AppState): Promise<StoredApp | null> {
    const plain = { locationId: null, companyId: null, clientId: null, state: null, expiresAt: null };
    const draft = {
      kind: KIND,
      key: this.key,
      group: this.appId,
      due: null,
      format: APP_FORMAT,
      body: JSON.stringify(app),
      ...plain,
    };
    const version = await this.records.save(draft, stored.version);
    return version === null ? null : { version, app };
  }
}

const readApp = (text: string): AppState => {
  try {
    const { reconnect, clients, pauses } = JSON.parse(text) as Partial<AppState>;
    return { reconnect: reconnect ?? {}, clients: clients ?? {}, pauses: pauses ?? {} };
  } catch {
    return EMPTY_APP_STATE;
  }
};
