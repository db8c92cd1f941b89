import type { KeyObject } from 'node:crypto';
import type { InstallationChange } from '../../../lib/installation/installation.js';
import { Sweeper } from '../../../lib/recovery/sweeper.js';
import { Teller, type GhlAuthListener } from '../../../lib/recovery/teller.js';
import { KnownKey } from '../../../lib/sealing/sealing-key.js';
import { ReconnectService } from '../../../lib/services/reconnect.service.js';
import { SealingService } from '../../../lib/services/sealing.service.js';
import { TokenService } from '../../../lib/services/token.service.js';
import type { GhlAuthEmergencySink } from '../../../lib/storage/emergency-sink.js';
import { EmergencyStore } from '../../../lib/storage/emergency-store.js';
import type { GhlAuthRepository } from '../../../lib/storage/ghl-auth.repository.js';
import { RecordStore } from '../../../lib/storage/record-store.js';
import { Vault } from '../../../lib/testing/simulator/world/vault.js';
import { canary } from './canary.js';
import { onCall, onOutcome, replaceOnce, type Shown } from './tap.js';

/** Everything that the simulator makes up, when it makes it up; and the keys and states that a test makes. */
function watchSecrets(): void {
  const vault = Vault.prototype;
  const { issueToken, issueCode } = vault;
  vault.issueToken = function (token) {
    const issued = issueToken.call(this, token);
    canary.keepSecret(issued.value);
    return issued;
  };
  vault.issueCode = function (code) {
    const issued = issueCode.call(this, code);
    canary.keepSecret(issued.value);
    return issued;
  };
  onCall(Vault, 'remember', (_, [secret]: [string]) => canary.keepSecret(secret));
  onCall(KnownKey, 'derive', ({ secret }: { readonly secret: KeyObject }) => keepKeySecret(secret));
  onCall(TokenService, 'authorizationUrl', (_, [options]: [{ readonly state?: string }?]) => {
    if (options?.state !== undefined) canary.keepSecret(options.state);
  });
}

const keys = new WeakSet<KeyObject>();
const keepKeySecret = (key: KeyObject): void => {
  if (keys.has(key)) return;
  keys.add(key);
  for (const form of ['base64', 'latin1'] as const) canary.keepSecret(key.export().toString(form));
};

const WHOLE: Shown = (result) => result;
/** The caller asked for the access token, and gets it. */
const WITHOUT_TOKEN: Shown = (result) =>
  typeof result === 'object' && result !== null ? { ...result, token: null, credential: withoutToken(result) } : null;
const withoutToken = (result: object): unknown =>
  'credential' in result ? { ...(result.credential as object), token: null } : null;
/** The host's own work. */
const NOTHING: Shown = () => null;

function watchServices(): void {
  for (const method of ['getAccessToken', 'withAccessToken', 'authorizationUrl'])
    onOutcome(TokenService, method, NOTHING);
  for (const method of ['getCredential', 'refresh', 'mintLocationToken'])
    onOutcome(TokenService, method, WITHOUT_TOKEN);
  for (const method of ['exchangeCode', 'importTokens', 'status', 'markUninstalled'])
    onOutcome(TokenService, method, WHOLE);
  for (const method of ['reconnect', 'recover']) onOutcome(ReconnectService, method, WITHOUT_TOKEN);
  for (const method of ['pause', 'resume', 'pauses']) onOutcome(ReconnectService, method, WHOLE);
  onOutcome(SealingService, 'reseal', WHOLE);
  onOutcome(Sweeper, 'run', WHOLE);
}

/** What the host is told: by its listener, and on the stream. */
function watchTelling(): void {
  const watched = new WeakSet<object>();
  onCall(Teller, 'note', (teller: Teller) => {
    if (watched.has(teller)) return;
    watched.add(teller);
    teller.changes$.subscribe((change) => canary.look('changes$', change));
  });
  onCall(Teller, 'tell', (teller: Teller) => {
    replaceOnce<GhlAuthListener>(teller, 'listener', (listener) => ({
      onInstallationChange: (change: InstallationChange) => {
        canary.look('notice', change);
        return listener.onInstallationChange(change);
      },
    }));
  });
}

interface WithCodec {
  readonly codec: { readonly ring?: { readonly isSealing: boolean } };
}

/** What stands where tokens may stand as long as there is no key to seal them with. */
const exceptUnsealed = <T extends { readonly body: string }>(store: WithCodec, kept: T): T =>
  store.codec.ring?.isSealing === true ? kept : { ...kept, body: '' };

/** What reaches the repository and the emergency sink: unsealed bodies only where nothing is sealed. */
function watchStores(): void {
  onCall(RecordStore, 'call', (store: object & WithCodec) => {
    replaceOnce<GhlAuthRepository>(store, 'repository', (repository) => ({
      find: (key) => repository.find(key),
      list: (query) => repository.list(query),
      remove: (key, version) => repository.remove(key, version),
      save: (record, version) => {
        canary.look('stored record', exceptUnsealed(store, record));
        return repository.save(record, version);
      },
    }));
  });
  onCall(EmergencyStore, 'call', (store: object & WithCodec) => {
    replaceOnce<GhlAuthEmergencySink>(store, 'sink', (sink) => ({
      get: (key) => sink.get(key),
      list: () => sink.list(),
      remove: (key) => sink.remove(key),
      put: (key, text) => {
        const entry = JSON.parse(text) as { readonly body: string };
        canary.look('entry of the emergency sink', [key, exceptUnsealed(store, entry)]);
        return sink.put(key, text);
      },
    }));
  });
}

watchSecrets();
watchServices();
watchTelling();
watchStores();
