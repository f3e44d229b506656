// Runs the program under test: `dayzero local` in memory, on a port of its own, with sign-in as its environment configures it. What it
// prints goes into a file, because one of the stories reads it. It leaves out what the program answers: that is `http.mjs`.

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ROLES } from './accounts.mjs';
import { ask } from './http.mjs';

/// Seconds until a started program has to answer, and until it has played its samples: a debug build on a busy machine takes its time.
const START_LIMIT = 120;
/// Seconds that a program may take to stop before it is killed.
const STOP_LIMIT = 10;

/// A port that was free a moment ago.
export function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export class Program {
  constructor({ binary, folder, port, provider, more = {} }) {
    Object.assign(this, { binary, port, provider, more });
    this.logFile = join(folder, 'dayzero.log');
    this.secretFile = join(folder, 'client-secret');
    this.url = `http://localhost:${port}`;
  }

  /// Starts it and waits until it answers and has played every sample.
  async start() {
    if (!existsSync(this.binary)) throw new Error(`there is no program at ${this.binary}: build it (cargo build), or name it with --binary`);
    writeFileSync(this.secretFile, this.provider.client.client_secret, { mode: 0o600 });
    const environment = {
      PATH: process.env.PATH,
      DAYZERO_SIGN_IN_ISSUER: this.provider.issuer,
      DAYZERO_SIGN_IN_CLIENT_ID: this.provider.client.client_id,
      DAYZERO_SIGN_IN_CLIENT_SECRET_FILE: this.secretFile,
      DAYZERO_SIGN_IN_ROLES_CLAIM: 'groups',
      DAYZERO_SIGN_IN_ROLES: ROLES,
      DAYZERO_CONSOLE_URL: this.url,
      ...this.more,
    };
    const log = createWriteStream(this.logFile);
    this.process = spawn(this.binary, ['local', '--memory', '--listen', `127.0.0.1:${this.port}`], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.pipe(log, { end: false });
    this.process.stderr.pipe(log, { end: false });
    this.exited = new Promise((done) => this.process.once('exit', (code, signal) => done(code ?? signal)));
    await this.wait('answers', async () => (await ask(this.url, 'GET', '/api/health').catch(() => null))?.status === 200);
    await this.wait('has played its samples', async () => /\b(\d+)\/\1 \S+ → /.test(this.log()));
  }

  async wait(what, holds) {
    const until = Date.now() + START_LIMIT * 1000;
    while (!(await holds())) {
      const code = await Promise.race([this.exited, sleep(100, 'running')]);
      if (code !== 'running') throw new Error(`the program ended with ${code} before it ${what}: ${lastLine(this.log())}`);
      if (Date.now() > until) throw new Error(`the program has not said within ${START_LIMIT} s that it ${what}: ${lastLine(this.log())}`);
    }
  }

  /// Everything that it has printed.
  log() {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  /// Stops it as Ctrl-C does, and kills it if it does not stop.
  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill('SIGINT');
    const ended = await Promise.race([this.exited, sleep(STOP_LIMIT * 1000, 'late')]);
    if (ended === 'late') this.process.kill('SIGKILL');
  }
}

function lastLine(log) {
  return log.trim().split('\n').at(-1) || 'it printed nothing';
}
