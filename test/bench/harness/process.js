// One process of a benchmark: loads a module, and runs the tasks that it exports when the runner asks for them.
const textOf = (error) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

process.once('uncaughtException', (error) => process.send({ fatal: textOf(error) }, () => process.exit(1)));
process.on('disconnect', () => process.exit());

const { tasks } = await import(process.argv[2]);

process.on('message', async ({ id, task, given }) => {
  try {
    process.send({ id, value: await tasks[task](given) });
  } catch (error) {
    process.send({ id, error: textOf(error) });
  }
});
process.send({ id: 'ready' });
