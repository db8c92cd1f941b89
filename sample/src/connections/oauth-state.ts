import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const LIFETIME_MS = 60 * 60_000;

/**
 * The `state` that goes out with an authorization link and comes back with the code: signed, so that it needs no store and
 * any browser may follow the link. It proves that this backend made the link. It ties nobody's session to the installation;
 * if you sign users in by it, keep a copy in their cookie and compare.
 */
@Injectable()
export class OAuthState {
  /** Several instances need the same secret. */
  private readonly secret = process.env['STATE_SECRET'] || randomBytes(32);

  issue(now = Date.now()): string {
    const claim = `${now + LIFETIME_MS}.${randomBytes(9).toString('base64url')}`;
    return `${claim}.${this.sign(claim)}`;
  }

  isValid(state: string, now = Date.now()): boolean {
    const end = state.lastIndexOf('.');
    const claim = state.slice(0, Math.max(0, end));
    const [given, expected] = [Buffer.from(state.slice(end + 1)), Buffer.from(this.sign(claim))];
    return given.length === expected.length && timingSafeEqual(given, expected) && Number(claim.split('.')[0]) > now;
  }

  private sign(claim: string): string {
    return createHmac('sha256', this.secret).update(claim).digest('base64url');
  }
}
