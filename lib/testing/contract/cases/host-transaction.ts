import type { ContractContext } from '../contract-context.js';
import { defineCase } from '../define-case.js';

const OWN_CONNECTION =
  "Do not join the caller's transaction: use a connection of its own for every call (with `pg`: the pool itself, not the " +
  "request's client; with an ORM: the root data source or client, not the transactional one of the request; with decorators or " +
  'AsyncLocalStorage: propagation "not supported"). What HighLevel has done cannot be rolled back.';

/** With {@link RepositoryContractOptions.inTransaction}. */
export const hostTransaction = [
  defineCase('what is saved or removed inside a transaction of the host survives its rollback', async (t) => {
    const changed = t.record('changed', { version: 2 });
    const inserted = t.record('inserted');
    await t.insert(t.record('changed'), t.record('removed'));
    await inTransaction(t, async () => {
      await t.insert(inserted);
      t.check(await t.repository.save(changed, 1), 'A save inside a transaction was refused.', OWN_CONNECTION);
      t.check(
        await t.repository.remove(t.key('removed'), 1),
        'A removal inside a transaction was refused.',
        OWN_CONNECTION,
      );
    });
    await t.expectStored(inserted, OWN_CONNECTION);
    await t.expectStored(changed, OWN_CONNECTION);
    await t.expectMissing(t.key('removed'), OWN_CONNECTION);
  }),

  defineCase('what is saved inside a transaction of the host is seen outside before it ends', async (t) => {
    const outside = taskRunner();
    await inTransaction(t, async () => {
      await t.insert(t.record('a'));
      await outside.run(() => t.expectStored(t.record('a'), OWN_CONNECTION));
    });
  }),

  defineCase('find inside a transaction of the host sees what was committed after it began', async (t) => {
    const outside = taskRunner();
    await t.insert(t.record('a'));
    await inTransaction(t, async () => {
      await t.expectStored(t.record('a'), OWN_CONNECTION);
      const saved = await outside.run(() => t.repository.save(t.record('a', { version: 2 }), 1));
      t.check(saved, 'A save outside of the transaction was refused.', OWN_CONNECTION);
      await t.expectStored(t.record('a', { version: 2 }), OWN_CONNECTION);
    });
  }),
];

/** With {@link RepositoryContractOptions.whileHostIsBusy}. */
export const busyHost = [
  defineCase('calls are answered while the host holds every connection of its pool', async (t) => {
    await t.insert(t.record('a'));
    await t.options.whileHostIsBusy?.(async () => {
      t.log.note('(the host holds every connection of its pool)');
      await t.insideHook(async () => {
        await Promise.allSettled([
          t.repository.find(t.key('a')),
          t.repository.save(t.record('a', { version: 2 }), 1),
          t.list({ limit: 1 }),
        ]);
      });
    });
  }),
];

/** A failure inside must not be lost in the host's way of rolling back, which may swallow it. */
async function inTransaction(t: ContractContext, run: () => Promise<void>): Promise<void> {
  let failure: unknown;
  let wasRun = false;
  await t.options.inTransaction?.(async () => {
    wasRun = true;
    t.log.note('(a transaction of the host begins)');
    await t.insideHook(run).catch((error: unknown) => {
      failure = error;
    });
    t.log.note('(it is rolled back)');
  });
  if (failure !== undefined) throw failure as Error;
  t.check(
    wasRun,
    'The hook `inTransaction` did not run the function.',
    'Call and await the function inside the transaction.',
  );
}

interface TaskRunner {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Runs tasks in the asynchronous context in which it was made: so outside of a transaction that begins later. */
function taskRunner(): TaskRunner {
  let start: (task: () => Promise<void>) => void = () => undefined;
  const next = (): Promise<() => Promise<void>> => new Promise((resolve) => (start = resolve));
  const loop = async (): Promise<void> => {
    const task = await next();
    const again = loop();
    await task();
    await again;
  };
  void loop();
  return {
    run: (task) => new Promise((resolve, reject) => start(() => task().then(resolve, reject))),
  };
}
