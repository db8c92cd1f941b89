import type { InstallationStatus } from 'nestjs-ghl-auth';
import type { LedgerView } from 'nestjs-ghl-auth/testing';
import type { Browser, Call } from './browser.js';
import type { Stage } from './stage.js';
import { Timeline } from './timeline.js';

/** How the credential was got that the step ends with. */
export type Rung = 'authorization code' | 'none' | 'refresh' | 'mint' | 'Reconnect' | 'needs reauthorization';

const NAMES: Readonly<Record<Rung, string>> = {
  'authorization code': 'no rung: the customer authorized the app',
  none: 'no rung: the token at hand is good',
  refresh: 'rung 2, refresh',
  mint: "rung 3, minted from the company's token",
  Reconnect: 'rung 4, Reconnect',
  'needs reauthorization': 'rung 5, needs reauthorization',
};

/** A step of the story, and how it should end. */
export interface Step {
  readonly title: string;
  /** What happens, in words. */
  readonly happening: readonly string[];
  readonly play: (customer: Browser) => Promise<unknown>;
  /** What every call to `/locations` must be answered. */
  readonly answers: readonly number[];
  /** Whose connection is looked at afterwards. */
  readonly place: string;
  readonly rung: Rung;
  readonly state: InstallationStatus['state'];
  /** Further expectations on what HighLevel saw. */
  readonly highLevel?: (view: LedgerView, check: Check) => void;
  /** What to say beside the rung. */
  readonly remark?: string;
}

/** Notes what is not as it should be. */
export type Check = (isTrue: boolean, expectation: string) => void;

/** Plays steps, prints them, and notes where one did not end as it should. */
export class Story {
  readonly failures: string[] = [];
  /** How many calls of customers were answered while a rung from 1 to 4 was climbed. */
  unnoticed = 0;
  private readonly timeline = new Timeline();

  constructor(private readonly stage: Stage) {}

  async play(step: Step): Promise<void> {
    const { customer, simulator } = this.stage;
    const before = this.failures.length;
    const mark = simulator.ledger.mark();
    customer.calls = [];
    this.timeline.step(step.title, step.happening);
    await step.play(customer);
    const view = simulator.ledger.since(mark);
    const calls = [...customer.calls];
    const status = await this.statusOf(step.place);
    this.timeline.calls(calls);
    this.timeline.highLevel(view);
    this.timeline.outcome(`${NAMES[step.rung]}${step.remark ? `; ${step.remark}` : ''}; state ${status.state}`);
    this.judge(step, calls, view, status);
    for (const failure of this.failures.slice(before)) console.log(`   ✗ ${failure}`);
  }

  /** What must hold over the whole story. */
  end(): void {
    const { ledger } = this.stage.simulator;
    this.check(ledger.presentedTwice().length === 0, 'no refresh token or code is presented after its end is known');
    this.check(ledger.overlapping().length === 0, 'no refresh token is presented twice at the same time');
    this.check(ledger.crossed().length === 0, 'no token is used for another place');
    this.check(ledger.foreign().length === 0, 'nothing is presented that HighLevel never issued');
  }

  readonly check: Check = (isTrue, expectation) => {
    if (!isTrue) this.failures.push(`${this.timeline.title}: expected ${expectation}`);
  };

  private judge(step: Step, calls: readonly Call[], view: LedgerView, status: InstallationStatus): void {
    const answers = calls.filter(({ path }) => path.startsWith('/locations/')).map((call) => call.status);
    const wrong = answers.filter((answer) => !step.answers.includes(answer));
    this.check(
      answers.length > 0 && wrong.length === 0,
      `answers ${step.answers.join(' or ')}, not ${wrong.join(', ')}`,
    );
    this.check(status.state === step.state, `state ${step.state}, not ${status.state}`);
    const rung = rungOf(view, status);
    this.check(rung === step.rung, `${step.rung}, not ${rung}`);
    step.highLevel?.(view, this.check);
    if (['refresh', 'mint', 'Reconnect'].includes(step.rung)) this.unnoticed += answers.length;
  }

  private async statusOf(place: string): Promise<InstallationStatus> {
    const { status, body } = await this.stage.customer.get(`${place}/connection`);
    if (status !== 200) throw new Error(`The backend answered ${status} when asked for the connection of ${place}`);
    return body as InstallationStatus;
  }
}

/** Which rung brought the credential, as HighLevel and the backend agree on it. */
const rungOf = (view: LedgerView, { state, origin }: InstallationStatus): string => {
  if (state === 'needs_reauthorization') return 'needs reauthorization';
  const issued = view.credentialCalls().filter(({ outcome }) => outcome === 'issued');
  if (issued.length === 0) return 'none';
  if (origin === 'mint' && issued.some(({ endpoint }) => endpoint === 'mint')) return 'mint';
  if (origin === 'reconnect' && issued.some(({ endpoint }) => endpoint === 'reconnect')) return 'Reconnect';
  if (origin === 'refresh' && issued.some(({ grant }) => grant === 'refresh_token')) return 'refresh';
  if (origin === 'code' && issued.some(({ grant }) => grant === 'authorization_code')) return 'authorization code';
  return `${origin} by the backend's word, which HighLevel does not confirm`;
};
