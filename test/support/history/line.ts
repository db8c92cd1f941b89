import { TransportError, type HighLevelRequest, type HighLevelResponse } from '../../../lib/highlevel/transport.js';
import type { HighLevelTransport } from '../../../lib/highlevel/transport.js';
import { SimulatorTransport, type HighLevelSimulator } from '../../../lib/testing.js';
import type { Call, Chronicle } from './chronicle.js';
import type { Cast } from './cast.js';
import type { Member } from './member.js';
import type { Surroundings } from './surroundings.js';

/** What the network between the backend and HighLevel does to the next requests. */
export interface Trick {
  /** `late`: the request arrives so much later (ms). `twice`: it arrives twice, and one of the two answers comes back. */
  readonly kind: 'late' | 'twice';
  readonly ms: number;
  readonly answer: 'first' | 'second';
}

/** The network that all instances share. */
export interface Network {
  readonly tricks: Trick[];
  /** Whom a request is for. */
  castOf(placeKey: string | undefined): Cast | undefined;
  /** Whether somebody waits for this very rung of this place on this instance. */
  isOnPurpose(member: Member, cast: Cast | undefined): boolean;
}

/** The connection of one instance to HighLevel. Every call is chronicled. */
export class Line implements HighLevelTransport {
  /** What happens when the next answer is there. */
  onAnswer: () => void = () => undefined;
  private readonly chronicle: Chronicle;

  constructor(
    private readonly member: Member,
    private readonly surroundings: Surroundings,
    private readonly network: Network,
  ) {
    this.chronicle = surroundings.chronicle;
  }

  async send(request: HighLevelRequest): Promise<HighLevelResponse> {
    let call: Call | null = null;
    let isAnswer = false;
    const sentAt = this.now();
    try {
      const response = await this.member.process.cross('highlevel', () => {
        call = this.begun(request, sentAt);
        this.chronicle.calls.push(call);
        return this.carried(request, call);
      });
      isAnswer = true;
      this.onAnswer();
      this.onAnswer = () => undefined;
      return response;
    } finally {
      // Not reached by a process that has died meanwhile.
      const learned = { tick: this.chronicle.tick(), at: this.surroundings.clock.monotonic(), isAnswer };
      Object.assign(call ?? {}, { learned });
    }
  }

  private async carried(request: HighLevelRequest, call: Call): Promise<HighLevelResponse> {
    const { interleaving, clock } = this.surroundings;
    const label = `${this.member.name} ${call.what}`;
    await interleaving.crossing(label);
    const trick = this.network.tricks.shift();
    try {
      if (trick?.kind === 'late' && trick.ms >= request.timeoutMs) return await this.tooLate(request, call, trick.ms);
      if (trick?.kind === 'late') await clock.sleep(trick.ms);
      if (trick?.kind === 'twice') return await this.twice(request, call, trick.answer);
      return await this.transport(call).send(request);
    } finally {
      await interleaving.crossing(label);
    }
  }

  /** It arrives when the instance has given up waiting for an answer. */
  private async tooLate(request: HighLevelRequest, call: Call, ms: number): Promise<never> {
    const { clock, simulator } = this.surroundings;
    void clock.sleep(ms).then(() => {
      const { entry } = simulator.handle(request, { deferred: true });
      call.entry = entry;
      simulator.settle(entry, false);
    });
    await clock.sleep(request.timeoutMs);
    throw new TransportError(`no answer within ${request.timeoutMs} ms`, true, 'ETIMEDOUT');
  }

  private async twice(request: HighLevelRequest, call: Call, answer: Trick['answer']): Promise<HighLevelResponse> {
    const { simulator } = this.surroundings;
    const repeat = (): void => {
      const { entry } = simulator.handle(request, { deferred: true });
      simulator.settle(entry, false);
    };
    if (answer === 'second') repeat();
    const response = this.transport(call).send(request);
    if (answer === 'first') repeat();
    return response;
  }

  /** What arrives at a process that is dead does not count as delivered. */
  private transport(call: Call): HighLevelTransport {
    const { simulator, clock } = this.surroundings;
    const { process } = this.member;
    const seen = Object.create(simulator) as HighLevelSimulator;
    seen.handle = (request, options) => {
      const answer = simulator.handle(request, options);
      call.entry = answer.entry;
      return answer;
    };
    seen.settle = (entry, delivered) => simulator.settle(entry, delivered && process.isAlive);
    return new SimulatorTransport(seen, { clock });
  }

  /** By the clock of the instance. */
  private now(): number {
    return this.surroundings.clock.now() + this.member.process.skewMs;
  }

  private begun({ url, body, headers }: HighLevelRequest, sentAt: number): Call {
    const { simulator, clock } = this.surroundings;
    const path = new URL(url).pathname;
    const fields = fieldsOf(body ?? '', headers['content-type'] ?? '');
    const presented = fields['refresh_token'] ?? fields['code'];
    const known = presented === undefined ? undefined : simulator.describeToken(presented);
    const named =
      fields['locationId'] === undefined ? `company:${fields['companyId']}` : `location:${fields['locationId']}`;
    const cast = this.network.castOf(known?.place ?? named);
    return {
      tick: this.chronicle.tick(),
      at: clock.monotonic(),
      now: this.now(),
      sentAt,
      member: this.member,
      what: whatOf(path, fields['grant_type']),
      cast,
      presented: known?.id ?? (presented === undefined ? undefined : 'foreign'),
      isOnPurpose: this.network.isOnPurpose(this.member, cast),
      entry: null,
      learned: null,
    };
  }
}

const fieldsOf = (body: string, contentType: string): Partial<Record<string, string>> =>
  contentType.includes('json')
    ? (JSON.parse(body) as Record<string, string>)
    : Object.fromEntries(new URLSearchParams(body));

const whatOf = (path: string, grantType: string | undefined): Call['what'] => {
  if (path === '/oauth/reconnect') return 'reconnect';
  if (path === '/oauth/locationToken') return 'mint';
  return grantType === 'refresh_token' ? 'refresh' : 'exchange';
};
