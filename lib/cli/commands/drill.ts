import axios, { type AxiosAdapter } from 'axios';
import { firstValueFrom } from 'rxjs';
import { readAnswer } from '../../decision/answer-text.js';
import { isWorthRecovering } from '../../decision/rejection.js';
import type { Credential } from '../../installation/credential.js';
import type { InstallationRef } from '../../installation/installation-ref.js';
import type { Installation } from '../../installation/installation.js';
import type { CommandContext } from '../context.js';
import { CommandError, EXIT, exitCodeOf, type ExitCode } from '../exit-codes.js';
import type { Column } from '../output.js';
import { pathOf } from '../../highlevel/api-client.js';
import { probe, probeWith, wordsOfProbe } from '../probe.js';
import { explain, nameOf } from '../words.js';
import { storedAt } from './show.js';

/** In place of the real token in the first call: HighLevel refuses it as it refuses one that died. */
const MADE_UP = 'made-up-by-ghl-auth-drill';
/** So long the drill waits until a 401 is worth a recovery. */
const PATIENCE_MS = 30_000;
const STEP_MS = 1_000;

interface Step {
  readonly step: string;
  readonly text: string;
}

type Tell = (step: string, text: string) => Promise<void>;

const COLUMNS: readonly Column<Step>[] = [
  { title: 'STEP', width: 9, of: ({ step }) => step },
  { title: 'WHAT CAME', width: 0, of: ({ text }) => text },
];

/** Which way back is tried. */
export interface DrillOptions {
  /** Reconnect, as if the refresh token were lost too. */
  readonly reconnect?: boolean;
}

/**
 * Shows on one test location that a rejected token comes back by itself. The pair never leaves the store: it is only the header of the
 * first call that is spoilt on its way. So there is nothing to put back, whatever happens meanwhile, and what is rotated is rotated
 * as in any other recovery.
 */
export async function drill(context: CommandContext, ref: InstallationRef, options: DrillOptions): Promise<ExitCode> {
  const { out, ask, engine } = context;
  if (ref.locationId === undefined) throw new CommandError('A drill is held on one location.', EXIT.usage);
  const before = (await storedAt(context, ref)).installation;
  const credential = fitCredential(before, ref);
  const rung = options.reconnect ? 'reconnect' : credential.refreshToken === null ? 'mint' : 'refresh';
  const block = await engine.gate.blockFor(engine.keeper.placeOf(ref), rung);
  if (block !== null) throw block;
  const way = options.reconnect ? 'Reconnect' : 'the way that a rejected token takes';
  await ask.confirm(`Hold a drill on ${nameOf(ref)}, a test location? It gets new tokens, by ${way}.`);
  const write = out.table(COLUMNS, (step) => step);
  const tell: Tell = (step, text) => write({ step, text });
  let failure: unknown = null;
  try {
    if (options.reconnect) await throughReconnect(context, ref, tell);
    else await throughRejection(context, ref, { ...before, credential }, tell);
  } catch (error) {
    failure = error;
    out.note(explain(error));
  }
  return conclude(context, ref, credential, failure, tell);
}

/** What is in trouble already is no place for a drill. */
function fitCredential({ state, credential, mark }: Installation, ref: InstallationRef): Credential {
  if (state === 'active' && credential !== null && mark === null) return credential;
  const what = mark === null ? state : 'in the middle of a rotation';
  throw new CommandError(`${nameOf(ref)} is ${what}: a drill needs one that is well.`, EXIT.failure);
}

/** As the application lives it: a call is refused, the module recovers, and the call is sent once more. */
async function throughRejection(
  context: CommandContext,
  ref: InstallationRef,
  before: Pick<Installation, 'rejections'> & { readonly credential: Credential },
  tell: Tell,
): Promise<void> {
  const { engine, http, signal } = context;
  await untilWorthIt(context, before);
  const url = pathOf(engine.keeper.placeOf(ref));
  const request = { ghl: ref, adapter: spoiling(context, tell), validateStatus: () => true, signal };
  await firstValueFrom(http.get(url, request));
}

/** The same with the way that is left when both tokens are lost. */
async function throughReconnect(context: CommandContext, ref: InstallationRef, tell: Tell): Promise<void> {
  const place = context.engine.keeper.placeOf(ref);
  await tell('call', wordsOfProbe(await probeWith(context, place, MADE_UP)));
  const { traceId, clientId } = await context.reconnects.reconnect(ref);
  await tell('recovered', `by Reconnect, client id ${clientId}, trace id ${traceId ?? 'none'}`);
}

/** A token that is seconds old is not replaced because of a 401, nor one that follows others which were rejected as well. */
async function untilWorthIt(
  { engine, signal }: CommandContext,
  { credential, rejections }: Pick<Installation, 'rejections'> & { readonly credential: Credential },
): Promise<void> {
  const { clock, settings } = engine;
  const isWorthIt = (now: number): boolean =>
    isWorthRecovering(credential, rejections, 'expired', settings.refresh, now);
  if (!isWorthIt(clock.now() + PATIENCE_MS)) {
    const why = `${rejections} tokens of this location in a row were rejected, and so the next 401 has to wait`;
    throw new CommandError(`The module would not recover it now: ${why}. Pick another location.`, EXIT.failure);
  }
  while (!isWorthIt(clock.now())) {
    signal.throwIfAborted();
    await clock.sleep(STEP_MS, { signal });
  }
}

/** Spoils the token of the first call, underneath the module, and tells how each call was answered. */
function spoiling({ ports }: CommandContext, tell: Tell): AxiosAdapter {
  let calls = 0;
  return async (config) => {
    calls += 1;
    if (calls === 1) config.headers.set('Authorization', `Bearer ${MADE_UP}`);
    const send = ports.transport.apiAdapter ?? axios.getAdapter('http', config);
    const answer = await send(config);
    const said = answer.status < 300 ? '' : ` ${readAnswer(String(answer.data)).shown}`;
    await tell(calls === 1 ? 'call' : 'repeated', `HTTP ${answer.status}${said}`);
    return answer;
  };
}

/** Whether it has passed: there is a new pair in the store, and HighLevel takes it. */
async function conclude(
  context: CommandContext,
  ref: InstallationRef,
  before: Credential,
  failure: unknown,
  tell: Tell,
): Promise<ExitCode> {
  const { engine } = context;
  const { credential, generation, state } = (await storedAt(context, ref)).installation;
  const isNew = credential !== null && credential.id !== before.id;
  const found = await probe(context, engine.keeper.placeOf(ref), credential);
  const what = isNew ? `a new pair, by ${credential.origin}, generation ${generation}` : 'the pair of before';
  await tell('stored', `${what}; ${state}; its access token ${wordsOfProbe(found)}`);
  const isPassed = failure === null && isNew && found.verdict === 'lives';
  await tell('drill', isPassed ? 'passed' : 'failed');
  if (isPassed) return EXIT.ok;
  const code = failure === null ? EXIT.failure : exitCodeOf(failure);
  return code === EXIT.usage ? EXIT.failure : code;
}
