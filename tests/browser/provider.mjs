// A real OpenID provider on a loopback port: `oidc-provider` with the people of `accounts.mjs` and a plain login form that a browser or
// a few lines of HTTP can fill in. It leaves out consent: an employer's directory has none. Used by the stories here, and by itself:
//
//     node provider.mjs --port 4080 --redirect http://localhost:8080/sign-in/callback
//
// prints one line of JSON (issuer, client_id, client_secret, accounts) once it answers, and runs until it is told to stop.
//
// What is on: code flow with PKCE (required), RS256 keys made at the start, `groups` and `name` in the ID token, `prompt=login`, `max_age`
// and `auth_time`, signing out at the end_session endpoint. What is off: refresh tokens, implicit flow, dynamic registration.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Provider, interactionPolicy } from 'oidc-provider';

import { ACCOUNTS, PASSWORD } from './accounts.mjs';

/// Bytes of a posted form at most: two short fields.
const FORM_LIMIT = 4096;
/// Seconds that a session at the provider lasts: longer than any run.
const SESSION_SECONDS = 8 * 3600;

/// Starts a provider; the answer can be stopped, started again on the same address, and made to behave badly.
export async function startProvider(options) {
  const provider = new TestProvider(options);
  await provider.listen(options.port ?? 0);
  return provider;
}

class TestProvider {
  /// A provider that does not ask again although it is asked to: `prompt=login` and `max_age` do nothing.
  forgetful = false;
  /// Seconds by which the entry of a password is told to be older than it is, by login: nobody waits for an hour in a test.
  passwordAge = {};
  /// Whether answers to the console are kept in `kept` and the browser stays here, so that a test can use them when and where it likes.
  keeps = false;
  kept = [];
  /// Members that replace those of the next ID tokens' people, such as other groups after somebody moved.
  overrides = {};

  constructor({ redirects, postLogout = [], clientId = 'dayzero', secret, host = '127.0.0.1' }) {
    this.host = host;
    this.client = {
      client_id: clientId,
      client_secret: secret ?? randomBytes(24).toString('hex'),
      redirect_uris: redirects,
      post_logout_redirect_uris: postLogout,
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
    };
    this.cookieKey = randomBytes(24).toString('hex');
    this.keys = [signingKey()];
  }

  get issuer() {
    return `http://${this.host}:${this.port}`;
  }

  async listen(port) {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise((done, failed) => {
      this.server.once('error', failed);
      this.server.listen(port, this.host, done);
    });
    this.port = this.server.address().port;
    this.oidc ??= this.make();
  }

  /// Hangs up on everybody and answers no more.
  async stop() {
    const closed = new Promise((done) => this.server.close(done));
    this.server.closeAllConnections();
    await closed;
  }

  /// Answers again where it did; sessions and keys are those of before.
  async startAgain() {
    await this.listen(this.port);
  }

  /// Signs with a new key from now on and publishes no other.
  changeKeys() {
    this.keys = [signingKey()];
    this.change();
  }

  /// Takes up what was changed of the client or the keys; sessions are those of before.
  change() {
    this.oidc = this.make();
  }

  make() {
    return new Provider(this.issuer, {
      clients: [this.client],
      jwks: { keys: this.keys },
      cookies: { keys: [this.cookieKey] },
      claims: { openid: ['sub', 'name', 'email', 'groups', 'auth_time'], profile: [], email: [] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource, postLogoutSuccessSource } },
      interactions: { policy: this.policy(), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_ctx, sub) => this.account(sub),
      loadExistingGrant: grantEverything,
      renderError,
      ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 600, Session: SESSION_SECONDS, Grant: SESSION_SECONDS },
    });
  }

  /// The usual policy, except that a forgetful provider takes an old sign-in for a new one.
  policy() {
    const policy = interactionPolicy.base();
    policy.remove('consent');
    for (const check of policy.get('login').checks) {
      const usual = check.check;
      const asksAgain = ['login_prompt', 'max_age'].includes(check.reason);
      check.check = (ctx) => (asksAgain && this.forgetful ? interactionPolicy.Check.NO_NEED_TO_PROMPT : usual(ctx));
    }
    return policy;
  }

  account(login) {
    const known = ACCOUNTS[login];
    if (!known) return undefined;
    const told = { sub: login, name: known.name, email: known.email, groups: known.groups, ...this.overrides[login] };
    return { accountId: login, claims: async () => told };
  }

  async answer(request, response) {
    if (this.keeps) this.keepAnswer(response);
    const path = new URL(request.url, this.issuer).pathname;
    if (!path.startsWith('/interaction/')) {
      if (this.forgetful) request.url = request.url.replace(/([?&])prompt=login(&|$)/, '$1');
      return this.oidc.callback()(request, response);
    }
    try {
      await this.interaction(request, response);
    } catch (error) {
      page(response, error.statusCode ?? 500, 'Not possible', `<p>${escape(error.message)}</p>`);
    }
  }

  /// Holds a redirect to the console back.
  keepAnswer(response) {
    const end = response.end.bind(response);
    response.end = (...rest) => {
      const to = String(response.getHeader('location') ?? '');
      if (!this.client.redirect_uris.some((address) => to.startsWith(address))) return end(...rest);
      this.kept.push(to);
      for (const name of ['location', 'content-length']) response.removeHeader(name);
      response.statusCode = 200;
      return end(html('Kept', '<h1>Kept</h1>'));
    };
  }

  /// The login form, what it posts, and its way out.
  async interaction(request, response) {
    const { prompt } = await this.oidc.interactionDetails(request, response);
    if (request.method !== 'POST') return loginForm(response, 200, prompt);
    const form = new URLSearchParams(await readForm(request));
    if (form.get('cancel') !== null) {
      const result = { error: 'access_denied', error_description: 'the person cancelled' };
      return this.oidc.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    }
    const login = form.get('login') ?? '';
    if (!ACCOUNTS[login] || form.get('password') !== PASSWORD) {
      return loginForm(response, 401, prompt, 'The name or the password is wrong.');
    }
    const ts = Math.floor(Date.now() / 1000) - (this.passwordAge[login] ?? 0);
    return this.oidc.interactionFinished(request, response, { login: { accountId: login, ts } }, { mergeWithLastSubmission: false });
  }
}

/// A fresh RS256 key with an id of its own.
function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(8).toString('hex'), use: 'sig', alg: 'RS256' };
}

/// Everything that is asked for is granted: the company chose the program, not the person.
async function grantEverything(ctx) {
  const { oidc } = ctx;
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope(oidc.params.scope ?? 'openid');
  await grant.save();
  return grant;
}

async function readForm(request) {
  let read = '';
  for await (const chunk of request) {
    read += chunk;
    if (read.length > FORM_LIMIT) throw Object.assign(new Error('The form is too large.'), { statusCode: 413 });
  }
  return read;
}

function loginForm(response, status, prompt, refused) {
  const again = prompt.reasons.some((reason) => ['login_prompt', 'max_age'].includes(reason));
  page(response, status, again ? 'Sign in again' : 'Sign in', `
    ${refused ? `<p role="alert">${escape(refused)}</p>` : ''}
    <form method="post">
      <p><label>Name <input name="login" autocomplete="username" autofocus></label></p>
      <p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
      <p><button type="submit">Sign in</button></p>
    </form>
    <form method="post"><button name="cancel" value="yes">Cancel</button></form>`);
}

async function logoutSource(ctx, form) {
  ctx.body = html('Sign out', `<h1>Sign out of the directory?</h1>${form}
    <button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
    <button type="submit" form="op.logoutForm">Stay</button>`);
}

async function postLogoutSuccessSource(ctx) {
  ctx.body = html('Signed out', '<h1>Signed out of the directory</h1>');
}

async function renderError(ctx, out) {
  ctx.type = 'html';
  ctx.body = html('Refused by the provider', `<h1>${escape(out.error)}</h1><p>${escape(out.error_description ?? '')}</p>`);
}

function page(response, status, title, body) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html(title, `<h1>${escape(title)}</h1>${body}`));
}

function html(title, body) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title></head><body>${body}</body></html>`;
}

function escape(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/// What a terminal asks for; the secret comes from a file, or is made and printed.
async function fromTerminal() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      redirect: { type: 'string', multiple: true },
      'post-logout': { type: 'string', multiple: true },
      'client-id': { type: 'string' },
      'secret-file': { type: 'string' },
    },
  });
  if (!values.redirect) throw new Error('`--redirect URL` is missing: where the program takes the answer, such as http://localhost:8080/sign-in/callback');
  const secretFile = values['secret-file'];
  const provider = await startProvider({
    port: Number(values.port),
    host: values.host,
    redirects: values.redirect,
    postLogout: values['post-logout'],
    clientId: values['client-id'],
    secret: secretFile && readFileSync(secretFile, 'utf8').trim(),
  });
  const accounts = Object.entries(ACCOUNTS).map(([login, { name, groups }]) => ({ login, name, groups }));
  const { client_id, client_secret } = provider.client;
  console.log(JSON.stringify({ issuer: provider.issuer, client_id, client_secret, password: PASSWORD, accounts }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => provider.stop().then(() => process.exit(0)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await fromTerminal().catch((error) => {
    console.error(`provider: ${error.message}`);
    process.exitCode = 2;
  });
}
