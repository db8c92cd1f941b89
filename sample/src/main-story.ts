import { setTimeout as wait } from 'node:timers/promises';
import type { Customer } from './customers/customers.service.js';
import { Stage } from './story/stage.js';
import { Story } from './story/story.js';

// `npm run sample`: an installation's life, from the first authorization to the last way back. The backend and the simulated
// HighLevel are real HTTP servers on this machine. Ends with 0 only if every step ended as it should.

const OSLO = { locationId: 'dentist-oslo', companyId: 'agency-sol' };
const BULK = ['salon-rome', 'salon-bari', 'salon-pisa'].map((locationId) => ({ locationId, companyId: 'agency-luna' }));
const contactsOf = ({ locationId }: { locationId: string }): string => `/locations/${locationId}/contacts`;
const AT_ONCE = 25;

const began = performance.now();
const stage = await Stage.set();
const story = new Story(stage);
const { simulator, customer, marketplace } = stage;

try {
  await play();
} catch (error) {
  story.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await stage.clear();
}
report();

async function play(): Promise<void> {
  simulator.addLocation(OSLO);
  for (const location of BULK) simulator.addLocation(location);
  await stage.start();
  console.log(`An installation's life. The backend of sample/ against a simulated HighLevel on ${stage.highLevelUrl}`);

  await story.play({
    title: 'A customer installs the app',
    happening: ['HighLevel sends the browser back with a code, which the backend exchanges.'],
    play: async () => {
      await installFromLink(OSLO);
      await customer.post(contactsOf(OSLO), JSON.stringify({ firstName: 'Ada', email: 'ada@example.com' }));
    },
    answers: [201],
    place: '/locations/dentist-oslo',
    rung: 'authorization code',
    state: 'active',
  });

  await story.play({
    title: 'Calls work',
    happening: ['The token comes from memory.'],
    play: () => customer.get(contactsOf(OSLO)),
    answers: [200],
    place: '/locations/dentist-oslo',
    rung: 'none',
    state: 'active',
    highLevel: (view, check) => check(view.credentialCalls().length === 0, 'no call for a token'),
  });

  await story.play({
    title: 'The access token dies before its time',
    happening: [`HighLevel refuses it with 401 while ${AT_ONCE} calls are made at once.`],
    play: () => {
      simulator.killAccessToken(OSLO);
      return Promise.all(Array.from({ length: AT_ONCE }, () => customer.get(contactsOf(OSLO))));
    },
    answers: [200],
    place: '/locations/dentist-oslo',
    rung: 'refresh',
    state: 'active',
    remark: 'one call climbed it, the others waited or looked again (rung 1)',
    highLevel: (view, check) => check(view.tokenCalls().length === 1, 'one token call for all of them'),
  });

  await story.play({
    title: 'The refresh token is lost as well',
    happening: ['Every token of the installation dies, as in the incident of October 2024.'],
    play: () => {
      simulator.invalidateAll(OSLO);
      return customer.get(contactsOf(OSLO));
    },
    answers: [200],
    place: '/locations/dentist-oslo',
    rung: 'Reconnect',
    state: 'active',
  });

  await story.play({
    title: 'The table with the tokens is dropped',
    happening: [
      'The backend starts anew and finds no record. Its own list of customers, the directory,',
      'says that the location has the app.',
    ],
    play: async () => {
      await stage.dropInstallations();
      await stage.stop();
      await stage.start();
      await customer.get(contactsOf(OSLO));
    },
    answers: [200],
    place: '/locations/dentist-oslo',
    rung: 'Reconnect',
    state: 'active',
    highLevel: (view, check) => check(view.refreshes().length === 0, 'no refresh token left to present'),
  });

  await story.play({
    title: 'An agency installs the app in bulk, for all its locations',
    happening: [
      'Only the company gets tokens, and its access token dies too. Then customers of three of',
      'its locations call at once, who have never had a token.',
    ],
    play: async () => {
      await installFromLink({ companyId: 'agency-luna' });
      simulator.killAccessToken({ companyId: 'agency-luna' });
      await Promise.all(BULK.map((location) => customer.get(contactsOf(location))));
    },
    answers: [200],
    place: '/locations/salon-rome',
    rung: 'mint',
    state: 'active',
    remark: 'after one refresh for the company',
    highLevel: (view, check) => {
      check(
        view.rotations({ companyId: 'agency-luna' }).length === 1,
        "one refresh of the company's token for all three",
      );
      check(view.mints().filter(({ outcome }) => outcome === 'issued').length === BULK.length, 'one mint a location');
    },
  });

  let link = '';
  await story.play({
    title: 'HighLevel removes Reconnect, and every token of the first location dies again',
    happening: ['No way back is left without the customer. The second call costs HighLevel nothing.'],
    play: async () => {
      simulator.setReconnect('removed');
      simulator.invalidateAll(OSLO);
      link = linkIn((await customer.get(contactsOf(OSLO))).body);
      await customer.get(contactsOf(OSLO));
    },
    answers: [409],
    place: '/locations/dentist-oslo',
    rung: 'needs reauthorization',
    state: 'needs_reauthorization',
    highLevel: (view, check) => {
      check(view.apiCalls(OSLO).length === 1, 'one API call, none for the second try');
      check(view.reconnects(OSLO).length === 1, 'Reconnect asked once');
    },
  });
  story.check(link !== '', 'the customer is given the link');
  story.check(await isTold('dentist-oslo', 'needs_reauthorization'), 'the backend is told, with the link');
  console.log(`     The link for the customer: ${link.slice(0, 60)}…`);

  await story.play({
    title: 'Other customers do not notice',
    happening: [],
    play: () => Promise.all(BULK.map((location) => customer.get(contactsOf(location)))),
    answers: [200],
    place: '/locations/salon-rome',
    rung: 'none',
    state: 'active',
  });

  await story.play({
    title: 'The customer follows the link',
    happening: [
      'The marketplace hides locations that have the app, so it is uninstalled there first. The',
      'UNINSTALL webhook is delivered once more when all is done, as retries are.',
    ],
    play: async () => {
      const uninstall = simulator.webhooks.length;
      await marketplace.uninstall(OSLO);
      await marketplace.authorize(customer, link, OSLO);
      await marketplace.deliverWebhooks(uninstall);
      await customer.get(contactsOf(OSLO));
    },
    answers: [200],
    place: '/locations/dentist-oslo',
    rung: 'authorization code',
    state: 'active',
  });
  story.check(await isTold('dentist-oslo', 'active'), 'the backend is told that all is well again');
  story.end();
}

async function installFromLink(place: typeof OSLO | { companyId: string }): Promise<void> {
  const { location } = await customer.get('/oauth/install');
  await marketplace.authorize(customer, location ?? '', place);
}

function linkIn(body: unknown): string {
  return (body as { reauthorizeUrl?: string }).reauthorizeUrl ?? '';
}

/** The listener is told off the caller's path, so it may take a moment. */
async function isTold(locationId: string, connection: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { body } = await customer.get('/customers');
    const told = (body as Customer[]).find((one) => one.locationId === locationId);
    const hasLink = told?.reconnectLink != null;
    if (told?.connection === connection) return hasLink === (connection === 'needs_reauthorization');
    await wait(20);
  }
  return false;
}

function report(): void {
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  if (story.failures.length === 0) {
    console.log(
      `\nEvery step ended as it should, in ${seconds} s. On rungs 1 to 4 customers made ${story.unnoticed} calls, and each got its answer.\n` +
        `HighLevel saw ${simulator.ledger.entries.length} calls; none presented a spent refresh token, or one place's token for another.`,
    );
    return;
  }
  console.error(
    `\nNot as it should be, after ${seconds} s:\n${story.failures.map((failure) => `  ✗ ${failure}`).join('\n')}`,
  );
  console.error(
    `\nWhat the backend logged last:\n${stage.logger.lines
      .slice(-30)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  );
  process.exitCode = 1;
}
