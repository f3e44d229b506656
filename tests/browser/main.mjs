// Runs the stories: starts the provider, the program and the browser once, then tells every story in order, each with browser profiles
// of its own, and stops everything whatever happens. One line a story; pictures and the program's log go to `target/browser`.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { People, startBrowser } from './people.mjs';
import { Program, freePort } from './program.mjs';
import { startProvider } from './provider.mjs';
import { STORIES } from './stories/index.mjs';

// The provider says at every start that its memory is for tests. It is.
const warn = console.warn;
console.warn = (text, ...rest) => {
  if (!String(text).startsWith('oidc-provider WARNING: a quick start')) warn(text, ...rest);
};

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = resolve(HERE, '../..');
const FOLDER = resolve(process.env.CARGO_TARGET_DIR ?? join(REPOSITORY, 'target'), 'browser');

/// What a story is told in: the running parts, and what earlier stories found out.
class World {
  /// Things that have to be stopped at the end, newest first.
  running = [];

  async start({ binary, chromium }) {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    const port = await freePort();
    const url = `http://localhost:${port}`;
    this.provider = await startProvider({ redirects: [`${url}/sign-in/callback`], postLogout: [`${url}/`, `${url}/sign-out`] });
    this.running.unshift(() => this.provider.stop());
    this.program = new Program({ binary, folder: FOLDER, port, provider: this.provider });
    this.running.unshift(() => this.program.stop());
    await this.program.start();
    this.browser = await startBrowser(chromium);
    this.running.unshift(() => this.browser.close());
    this.url = url;
    this.people = new People({ browser: this.browser, url, issuer: this.provider.issuer, folder: FOLDER });
  }

  async stop() {
    for (const stop of this.running) await stop().catch(() => undefined);
  }
}

async function tell(world, stories) {
  const failed = [];
  for (const [number, { title, tell }] of stories.entries()) {
    try {
      await tell(world);
      world.people.refuseComplaints();
      console.log(`ok      ${title}`);
    } catch (error) {
      failed.push(title);
      await world.people.photographAll(`failed-${number + 1}`);
      console.log(`FAILED  ${title}: ${oneLine(error)}`);
    } finally {
      await world.people.leave();
    }
  }
  return failed;
}

function oneLine(error) {
  if (process.env.DAYZERO_BROWSER_TRACE) return error.stack;
  return String(error.message).replace(/\u001b\[\d+m/g, '').trim().replace(/\s*\n\s*/g, ' | ');
}

async function main() {
  const { values } = parseArgs({
    options: {
      binary: { type: 'string', default: join(REPOSITORY, 'target/debug/dayzero') },
      chromium: { type: 'string', default: '/usr/bin/chromium' },
      only: { type: 'string' },
    },
  });
  const stories = STORIES.filter(({ title }) => !values.only || title.includes(values.only));
  if (stories.length === 0) throw new Error(`no story's title holds "${values.only}"`);
  const world = new World();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => world.stop().then(() => process.exit(130)));
  try {
    await world.start({ ...values, binary: resolve(values.binary) });
    const failed = await tell(world, stories);
    const pictures = readdirSync(FOLDER).filter((name) => name.endsWith('.png')).length;
    if (failed.length > 0) throw new Error(`${failed.length} of ${stories.length} stories failed; ${pictures} pictures in ${FOLDER}`);
    console.log(`tests/browser: ${stories.length} stories passed; ${pictures} pictures in ${FOLDER}`);
  } finally {
    await world.stop();
  }
}

await main().catch((error) => {
  console.error(`tests/browser: ${error.message}`);
  process.exitCode = 1;
});
