import { createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/**
 * Which signatures a delivery carries: `both`; `ghl` (Ed25519 alone); `legacy` (RSA alone, as before `X-GHL-Signature`); `unsigned` (both headers
 * say `N/A`); `none` (no header at all); `forged` (both, well formed, made with other keys).
 */
export type WebhookSignatures = 'both' | 'ghl' | 'legacy' | 'unsigned' | 'none' | 'forged';

/** A webhook as it comes over the wire. */
export interface SignedWebhook {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The very text that is signed: a parsed and serialized copy may differ. */
  readonly body: string;
}

/** What a backend verifies signatures with: give these to it in place of HighLevel's own. */
export interface WebhookPublicKeys {
  /** Ed25519, PEM: for `X-GHL-Signature`. */
  readonly ghl: string;
  /** RSA, PEM: for `X-WH-Signature`. */
  readonly legacy: string;
}

interface PrivateKeys {
  readonly ghl: KeyObject;
  readonly legacy: KeyObject;
}

const GHL = 'x-ghl-signature';
const LEGACY = 'x-wh-signature';

/** Signs payloads as HighLevel does, with keys of its own. They are made when they are first needed. */
export class WebhookSigner {
  private keys:
    { readonly own: PrivateKeys; readonly others: PrivateKeys; readonly shown: WebhookPublicKeys } | undefined;

  get publicKeys(): WebhookPublicKeys {
    return this.madeKeys().shown;
  }

  sign(payload: object, signatures: WebhookSignatures): SignedWebhook {
    const body = JSON.stringify(payload);
    return { headers: { 'content-type': 'application/json', ...this.headers(body, signatures) }, body };
  }

  private headers(body: string, signatures: WebhookSignatures): Record<string, string> {
    if (signatures === 'none') return {};
    if (signatures === 'unsigned') return { [GHL]: 'N/A', [LEGACY]: 'N/A' };
    const { own, others } = this.madeKeys();
    const keys = signatures === 'forged' ? others : own;
    return {
      ...(signatures !== 'legacy' && { [GHL]: sign(null, Buffer.from(body), keys.ghl).toString('base64') }),
      ...(signatures !== 'ghl' && { [LEGACY]: createSign('RSA-SHA256').update(body).sign(keys.legacy, 'base64') }),
    };
  }

  private madeKeys(): NonNullable<WebhookSigner['keys']> {
    if (this.keys) return this.keys;
    const make = () => ({
      ghl: generateKeyPairSync('ed25519'),
      // Shorter than HighLevel's, which would take seconds to make.
      legacy: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    });
    const [own, others] = [make(), make()];
    const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
    const secret = ({ ghl, legacy }: typeof own): PrivateKeys => ({ ghl: ghl.privateKey, legacy: legacy.privateKey });
    return (this.keys = {
      own: secret(own),
      others: secret(others),
      shown: { ghl: pem(own.ghl.publicKey), legacy: pem(own.legacy.publicKey) },
    });
  }
}
