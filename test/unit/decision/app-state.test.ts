import { describe, expect, it } from '@jest/globals';
import { applyNews, claimTry, EMPTY_APP_STATE, type AppNews, type AppState } from '../../../lib/decision/app-state.js';
import { CLIENT_ID, HOUR, NOW } from './support/made.js';

const OTHER_ID = '5f0000000000000000000001-zyxwvuts';
const settings = { closedRungTryMs: HOUR, clientRefusals: 3 };
const after = (app: AppState, news: AppNews, now = NOW) => applyNews(app, news, now, settings);
const removed: AppNews = { news: 'reconnect_removed', clientId: CLIENT_ID };
const refused = (key: string): AppNews => ({ news: 'client_refused', clientId: CLIENT_ID, key, secret: 'print' });
const refusedBy = (...keys: string[]) => keys.reduce((app, key) => after(app, refused(key)), EMPTY_APP_STATE);

describe('Reconnect', () => {
  it('is closed for a client id at one answer, and opened by another', () => {
    const closed = after(EMPTY_APP_STATE, removed);
    expect(closed.reconnect).toEqual({ [CLIENT_ID]: { since: NOW, nextTryAt: NOW + HOUR } });
    expect(closed.reconnect[OTHER_ID]).toBeUndefined();
    expect(after(closed, { news: 'reconnect_answered', clientId: OTHER_ID })).toBe(closed);
    expect(after(closed, { news: 'reconnect_answered', clientId: CLIENT_ID })).toEqual(EMPTY_APP_STATE);
  });

  it('stays closed since the first answer; what many hear at once is noted once', () => {
    const closed = after(EMPTY_APP_STATE, removed);
    expect(after(closed, removed, NOW + HOUR - 1)).toBe(closed);
    expect(after(closed, removed, NOW + HOUR).reconnect[CLIENT_ID]).toEqual({ since: NOW, nextTryAt: NOW + 2 * HOUR });
  });

  it('may be tried again by the one who claims it', () => {
    const closed = after(EMPTY_APP_STATE, removed);
    const claimed = claimTry(closed, 'reconnect', CLIENT_ID, NOW + 9 * HOUR);
    expect(claimed.reconnect[CLIENT_ID]).toEqual({ since: NOW, nextTryAt: NOW + 9 * HOUR });
    expect(claimTry(EMPTY_APP_STATE, 'reconnect', CLIENT_ID, NOW)).toBe(EMPTY_APP_STATE);
  });
});

describe('a client id', () => {
  it('is closed when several installations in a row were refused', () => {
    expect(refusedBy('a', 'b').clients[CLIENT_ID]).toEqual({ refusedBy: ['a', 'b'], closed: null, secret: 'print' });
    expect(refusedBy('a', 'b', 'c').clients[CLIENT_ID]?.closed).toEqual({ since: NOW, nextTryAt: NOW + HOUR });
  });

  it('is not closed by one installation that is refused again and again, which is written once', () => {
    const once = refusedBy('a');
    expect(after(once, refused('a'))).toBe(once);
    expect(refusedBy('a', 'a', 'b', 'b', 'a').clients[CLIENT_ID]?.closed).toBeNull();
  });

  it('is forgiven everything at one success', () => {
    const forgiven = after(refusedBy('a', 'b', 'c'), { news: 'client_accepted', clientId: CLIENT_ID });
    expect(forgiven).toEqual(EMPTY_APP_STATE);
    expect(after(forgiven, { news: 'client_accepted', clientId: CLIENT_ID })).toBe(forgiven);
    const between = after(after(refusedBy('a', 'b'), { news: 'client_accepted', clientId: CLIENT_ID }), refused('c'));
    expect(between.clients[CLIENT_ID]?.closed).toBeNull();
  });

  it('is open to all again when HighLevel speaks of an installation in place of it; short of that, such an answer says nothing', () => {
    const answered: AppNews = { news: 'client_answered', clientId: CLIENT_ID };
    expect(after(refusedBy('a', 'b', 'c'), answered)).toEqual(EMPTY_APP_STATE);
    expect(after(refusedBy('a', 'b'), answered)).toEqual(refusedBy('a', 'b'));
    expect(after(EMPTY_APP_STATE, answered)).toBe(EMPTY_APP_STATE);
  });

  it('stays closed since the first time, until its next try', () => {
    const closed = refusedBy('a', 'b', 'c');
    expect(after(closed, refused('d'), NOW + HOUR - 1)).toBe(closed);
    expect(after(closed, refused('d'), NOW + HOUR).clients[CLIENT_ID]?.closed).toEqual({
      since: NOW,
      nextTryAt: NOW + 2 * HOUR,
    });
  });

  it('remembers no more refusals than it needs', () => {
    let app = EMPTY_APP_STATE;
    for (let hour = 0; hour < 50; hour += 1) app = after(app, refused(`key ${hour}`), NOW + hour * 2 * HOUR);
    expect(app.clients[CLIENT_ID]?.refusedBy).toHaveLength(3);
  });

  it('is closed for the secret that was refused, and begins anew with another one', () => {
    const closed = refusedBy('a', 'b', 'c');
    const renewed = after(closed, { news: 'client_refused', clientId: CLIENT_ID, key: 'd', secret: 'another' });
    expect(renewed.clients[CLIENT_ID]).toEqual({ refusedBy: ['d'], closed: null, secret: 'another' });
  });

  it('says nothing of another client id', () => {
    const closed = refusedBy('a', 'b', 'c');
    expect(closed.clients[OTHER_ID]).toBeUndefined();
    expect(after(closed, { news: 'client_accepted', clientId: OTHER_ID })).toBe(closed);
    expect(claimTry(refusedBy('a'), 'clients', CLIENT_ID, NOW)).toEqual(refusedBy('a'));
    expect(claimTry(closed, 'clients', CLIENT_ID, NOW + 5 * HOUR).clients[CLIENT_ID]?.closed).toEqual({
      since: NOW,
      nextTryAt: NOW + 5 * HOUR,
    });
  });
});
