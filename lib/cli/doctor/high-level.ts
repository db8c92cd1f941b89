import type { Answer } from '../../decision/answer.js';
import { reconnectAvailability } from '../../decision/reconnect-availability.js';
import { messageOf } from '../../errors/scrub.js';
import { OAuthClient } from '../../highlevel/oauth-client.js';
import type { HighLevelResponse } from '../../highlevel/transport.js';
import { inWords } from '../words.js';
import type { CommandContext } from '../context.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** An id in the form of HighLevel's that no place has, so that no live installation is touched. */
const NO_PLACE = 'ghlAuthDoctorNoPlace';
const NO_CODE = 'made-up-by-ghl-auth-doctor';
/** `Date` has whole seconds, and the answer is on its way for a while. */
const SKEW_NOTICED_MS = 5_000;
const SKEW_HARMFUL_MS = 60_000;
const STATUS_PAGE = 'Look at https://status.gohighlevel.com/ and at the way out of this network.';

/** Whether HighLevel answers, and what its clock says. */
export async function* reachable({ engine, ports }: CommandContext): AsyncGenerator<Finding> {
  const { clock, settings } = engine;
  const { apiBaseUrl, timeouts } = settings;
  const [began, sentAt] = [clock.monotonic(), clock.now()];
  let answer: HighLevelResponse;
  try {
    const headers = { accept: 'application/json', 'user-agent': 'nestjs-ghl-auth' };
    answer = await ports.transport.send({
      method: 'GET',
      url: `${apiBaseUrl}/`,
      headers,
      timeoutMs: timeouts.highLevelMs,
    });
  } catch (error) {
    yield fail('highlevel', `does not answer: ${messageOf(error)}`, STATUS_PAGE);
    return;
  }
  const tookMs = clock.monotonic() - began;
  const text = `answers (HTTP ${answer.status}, ${Math.round(tookMs)} ms)`;
  yield answer.status < 500 ? ok('highlevel', text) : warn('highlevel', text, STATUS_PAGE);
  yield skew(answer.headers['date'], sentAt + tookMs / 2);
}

function skew(date: string | undefined, now: number): Finding {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return warn('clock', 'the answer has no Date to compare with', 'Compare it with NTP.');
  const ms = now - (theirs + 500);
  if (Math.abs(ms) < SKEW_NOTICED_MS) return ok('clock', `agrees with HighLevel's`);
  const text = `${inWords(ms)} ${ms > 0 ? 'ahead of' : 'behind'} HighLevel's`;
  const help = 'Set this machine by NTP: tokens are renewed by its clock.';
  return Math.abs(ms) < SKEW_HARMFUL_MS ? warn('clock', text, help) : fail('clock', text, help);
}

/** Whether HighLevel takes the key pairs, and whether it offers Reconnect to them. */
export async function* keyPairs({ engine, ports, signal }: CommandContext): AsyncGenerator<Finding> {
  const { settings, clients, keeper } = engine;
  const { apiBaseUrl, timeouts, redirectUri, rungs } = settings;
  const oauth = new OAuthClient(ports.transport, { apiBaseUrl, timeoutMs: timeouts.highLevelMs });
  const nowhere = keeper.placeOf({ locationId: NO_PLACE });
  for (const pair of clients.inOrder(null)) {
    if (signal.aborted) return;
    yield pairFinding(pair.clientId, await oauth.exchange(pair, NO_CODE, { redirectUri }));
    if (rungs.reconnect) yield reconnectFinding(pair.clientId, await oauth.reconnect(pair, nowhere));
  }
}

const saidBy = ({ status, text, traceId }: Answer): string =>
  [status === undefined ? '' : `HTTP ${status}`, text, traceId === undefined ? '' : `trace id ${traceId}`]
    .filter(Boolean)
    .join(' ');

/** A made-up code has to be refused: as a code, and not because of the pair. */
function pairFinding(clientId: string, answer: Answer): Finding {
  const said = saidBy(answer);
  if (answer.kind === 'refused')
    return ok('key pair', `${clientId}: HighLevel refuses a made-up code, and not the pair (${said})`);
  if (answer.kind === 'client_refused')
    return fail(
      'key pair',
      `${clientId} is refused (${said})`,
      'Compare it with the client keys of the app in the portal.',
    );
  return warn('key pair', `${clientId}: cannot be told from the answer (${said})`, 'Try again later.');
}

function reconnectFinding(clientId: string, answer: Answer): Finding {
  const said = saidBy(answer);
  switch (reconnectAvailability(answer)) {
    case 'available':
      return ok('reconnect', `available to ${clientId} (${said})`);
    case 'removed':
      return warn(
        'reconnect',
        `removed for ${clientId} (${said})`,
        'Where no refresh token and no company is left, the customer has to authorize again. Ask HighLevel, with the trace id.',
      );
    case 'unknown':
      return warn('reconnect', `unknown for ${clientId} (${said})`, 'Try again later.');
  }
}
