import { describe, expect, it } from '@jest/globals';
import type { HighLevelRequest } from '../../../lib/highlevel/transport.js';
import { type FaultOptions, SimulatorTransport, type SimulatorTransportOptions } from '../../../lib/testing.js';
import { simulation } from './support/simulation.js';

function setUp(options: SimulatorTransportOptions = {}) {
  const { simulator, installed } = simulation();
  const place = installed();
  const request: HighLevelRequest = {
    method: 'GET',
    url: `https://services.leadconnectorhq.com/locations/${place.locationId}`,
    headers: { 'User-Agent': 'x', Version: '2021-07-28', Authorization: `Bearer ${place.access}` },
    timeoutMs: 1_000,
  };
  return { simulator, request, transport: new SimulatorTransport(simulator, options) };
}

async function failure(does: FaultOptions['do']) {
  const { simulator, request, transport } = setUp();
  simulator.fault({ do: does });
  const error = await simulator.clock.drive(transport.send(request).catch((reason: unknown) => reason));
  return { error, simulator };
}

describe('the transport in process', () => {
  it('carries a request without socket or time', async () => {
    const { simulator, request, transport } = setUp();
    const answer = await transport.send(request);
    expect([answer.status, answer.headers['content-type'], simulator.clock.monotonic()]).toEqual([
      200,
      'application/json; charset=utf-8',
      0,
    ]);
    expect(simulator.ledger.entries).toMatchObject([{ host: 'services.leadconnectorhq.com', delivery: 'delivered' }]);
  });

  it.each([
    ['refused', false, 'ECONNREFUSED'],
    ['reset', true, 'ECONNRESET'],
    ['lost', true, 'ECONNRESET'],
    ['hang', true, 'ETIMEDOUT'],
    [{ delayMs: 1_001 }, true, 'ETIMEDOUT'],
    ['huge', true, 'ERR_BAD_RESPONSE'],
  ] as const)('turns %j into a TransportError; may have arrived: %s', async (does, mayHaveArrived, reason) => {
    const { error, simulator } = await failure(does);
    expect(error).toMatchObject({ name: 'TransportError', mayHaveArrived, reason });
    expect(simulator.ledger.entries).toMatchObject([{ delivery: 'lost' }]);
    expect(simulator.clock.monotonic()).toBe(reason === 'ETIMEDOUT' ? 1_000 : 0);
  });

  it('lets delays and latency pass on the clock, within the time limit', async () => {
    const { simulator, request, transport } = setUp({ latencyMs: 30 });
    simulator.fault({ do: { delayMs: 970 } });
    const sent = transport.send(request);
    await simulator.clock.advance(999);
    expect(simulator.ledger.entries).toMatchObject([{ delivery: 'pending' }]);
    await simulator.clock.advance(1);
    expect((await sent).status).toBe(200);
  });

  it('knows no other host', async () => {
    const { request, transport, simulator } = setUp();
    const url = request.url.replace('leadconnectorhq', 'example');
    await expect(transport.send({ ...request, url })).rejects.toMatchObject({
      mayHaveArrived: false,
      reason: 'ENOTFOUND',
    });
    expect(simulator.ledger.entries).toEqual([]);
    const whiteLabel = new SimulatorTransport(simulator, { hosts: ['services.example.com'] });
    expect((await whiteLabel.send({ ...request, url })).status).toBe(200);
  });

  it('needs to be told the clock where the simulator has no movable one', async () => {
    const { HighLevelSimulator, ManualClock } = await import('../../../lib/testing.js');
    const simulator = new HighLevelSimulator({ clock: { now: () => 0 } });
    expect(() => new SimulatorTransport(simulator)).toThrow('no ManualClock');
    expect(new SimulatorTransport(simulator, { clock: new ManualClock() })).toBeInstanceOf(SimulatorTransport);
  });
});
