import { rateLimited } from './endpoints/authorize.js';
import { type Call, refuse } from './call.js';
import type { FaultAction } from './faults/fault.js';
import { faultAnswer } from './faults/fault-answer.js';
import { FaultList } from './faults/fault-list.js';
import { identify } from './identify.js';
import { Ledger } from './ledger/ledger.js';
import { RateLimiter } from './rate-limiter.js';
import type { Route } from './routes.js';
import { type LostAnswer, parseRequest, type Reply, type SimulatedAnswer, type SimulatedRequest } from './wire.js';
import type { World } from './world/world.js';

const LOST = new Set<string | undefined>(['refused', 'reset', 'lost', 'hang']);

/** Requests in, answers and ledger entries out. No socket, no timer, no promise. */
export class Engine {
  readonly ledger = new Ledger();
  readonly faults = new FaultList();
  /** Resources of a test's own; the newest comes first. */
  readonly resources: Route[] = [];
  private readonly limiter = new RateLimiter();

  constructor(private readonly world: World) {}

  /** @param deferred whether the caller settles the delivery itself, with {@link Ledger.settle} */
  handle(request: SimulatedRequest, deferred: boolean): SimulatedAnswer {
    const { call, route } = identify(parseRequest(request), this.world, this.resources);
    const { draft } = call;
    const { delayMs, action } = this.faults.judge(call.request, draft);
    const lost = LOST.has(action?.kind) ? (action?.kind as LostAnswer) : undefined;
    const reply = action ? this.faulted(call, route, action) : this.honest(call, route);
    draft.status = lost === undefined ? reply.status : undefined;
    const entry = this.ledger.append(draft);
    if (!deferred) this.ledger.settle(entry, lost === undefined);
    const { status, body } = reply;
    const headers = { ...reply.headers, ...call.answerHeaders };
    return { status, headers, body, entry, ...(delayMs > 0 && { delayMs }), ...(lost !== undefined && { lost }) };
  }

  private faulted(call: Call, route: Route | undefined, action: FaultAction): Reply {
    const handled =
      action.kind === 'lost' || (action.handled === true && !['refused', 'reset'].includes(action.kind ?? ''));
    const honest = handled ? this.honest(call, route) : undefined;
    const reply = faultAnswer(call, action, honest);
    call.draft.fault = action.kind ?? action.answer ?? String(action.status ?? 429);
    call.draft.scripted = true;
    if (action.answer !== undefined) {
      call.draft.fault = undefined;
      call.draft.outcome = 'refused';
      call.draft.refusal = action.answer;
    } else if (!handled) call.draft.outcome = 'faulted';
    return reply;
  }

  private honest(call: Call, route: Route | undefined): Reply {
    const reply = this.dispatch(call, route);
    if (reply.refusal !== undefined) {
      call.draft.outcome = 'refused';
      call.draft.refusal = reply.refusal;
    }
    return reply;
  }

  private dispatch(call: Call, route: Route | undefined): Reply {
    const { request, world } = call;
    if (world.settings.requireUserAgent && !request.headers['user-agent']) return refuse(call, 'userAgentMissing');
    if (!route) return refuse(call, 'notFound', `${request.method} ${request.path}`);
    return this.limited(call) ?? route.handle(call, this.limiter);
  }

  private limited(call: Call): Reply | undefined {
    const { endpoint, clientId } = call.draft;
    const { oauth, reconnect } = call.world.settings.limits;
    if (!['token', 'reconnect', 'mint'].includes(endpoint)) return undefined;
    const limited = rateLimited(call, this.limiter, `oauth|${clientId}`, oauth);
    if (limited || endpoint !== 'reconnect') return limited;
    return rateLimited(call, this.limiter, `reconnect|${clientId}`, reconnect);
  }
}
