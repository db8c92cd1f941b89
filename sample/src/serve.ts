import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isGhlAuthError } from 'nestjs-ghl-auth';
import { createBackend } from './backend.js';

// `npm run sample:serve`: this backend against the real HighLevel.

const SAMPLE = join(import.meta.dirname, '..');
const NEEDED = [
  ['GHL_CLIENT_ID'],
  ['GHL_CLIENT_SECRET', 'GHL_CLIENT_SECRET_FILE'],
  ['GHL_REDIRECT_URI'],
  ['GHL_SCOPES'],
] as const;

for (const file of [join(SAMPLE, '.env'), join(SAMPLE, '..', '.env')]) if (existsSync(file)) process.loadEnvFile(file);

const missing = NEEDED.filter((names) => !names.some((name) => process.env[name]?.trim()));

if (missing.length > 0) {
  console.error(
    `Not set: ${missing.map((names) => names.join(' or ')).join(', ')}\n\n` +
      'Copy sample/.env.example to sample/.env and fill in what the marketplace portal shows for your app,\n' +
      'or set the variables in the environment. `npm run sample` needs none of them: it runs against a simulator.',
  );
  process.exitCode = 1;
} else {
  await serve();
}

async function serve(): Promise<void> {
  try {
    const app = await createBackend();
    const { PORT, HOST } = process.env;
    const port = Number(PORT || 3000);
    await (HOST ? app.listen(port, HOST) : app.listen(port));
    console.log(
      `Listening on ${await app.getUrl()}\n` +
        `  install the app      GET  /oauth/install\n` +
        `  redirect URI         ${process.env['GHL_REDIRECT_URI']}  must lead here, to GET /oauth/callback\n` +
        `  webhook URL          POST /webhooks/highlevel\n` +
        `  contacts             GET, POST /locations/:locationId/contacts\n` +
        `  connection           GET  /locations/:locationId/connection\n` +
        `  customers            GET  /customers`,
    );
  } catch (error) {
    console.error(isGhlAuthError(error) ? error.message : error);
    process.exitCode = 1;
  }
}
