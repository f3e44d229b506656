// What other people's pages and hand-made requests try: forms from another site and from another port of this machine, frames, sessions
// that somebody else made up, foreign names, and a session that ended while a form lay open.

import { strict as assert } from 'node:assert';

import { chain, freshCase } from '../cases.mjs';
import { ask, sentence } from '../http.mjs';

/// Another site altogether, and another port of the same host: for a browser's cookies the second is the same site.
const CROSS_SITE = 'http://evil.example/page';
const SAME_SITE = 'http://localhost:4999/page';

/// A page of `address` that sends a form to the console as soon as it is open.
async function attack(person, address, { action, fields = {}, enctype = 'application/x-www-form-urlencoded' }) {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name='${name}' value='${value}'>`);
  const body = `<form method="post" enctype="${enctype}" action="${person.url}${action}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`;
  await person.page.route(address, (route) => route.fulfill({ contentType: 'text/html', body }));
  const answered = person.page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().startsWith(person.url));
  await person.page.goto(address, { waitUntil: 'commit' });
  const answer = await answered;
  await person.page.unroute(address);
  return answer;
}

function deeds(events) {
  return events.filter(({ kind }) => ['acknowledged', 'decided', 'exported', 'day_zero_set'].includes(kind)).length;
}

async function foreignForms({ people }) {
  const anna = await people.signedIn('anna');
  const { key, revision } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  // The attacker even knows a token of her page: what stops the form is where it comes from.
  const form = anna.page.locator('form[action$="/acknowledge"]').first();
  const token = await form.locator('input[name=token]').inputValue();
  const attempts = [
    { action: `/comments/${key}/acknowledge`, fields: { token } },
    { action: `/comments/${key}/decision`, fields: { token, decision: 'not_a_case', reason: 'none', revision } },
    { action: `/api/comments/${key}/acknowledge`, enctype: 'text/plain', fields: { '{"x":"': '"}' } },
    { action: '/sign-out', fields: { token } },
  ];
  for (const address of [CROSS_SITE, SAME_SITE]) {
    for (const attempt of attempts) {
      const answer = await attack(anna, address, attempt);
      assert.ok([303, 401, 403, 415].includes(answer.status()), `${attempt.action} from ${address} answered ${answer.status()}`);
      if (address === SAME_SITE) assert.equal(answer.status(), 403, `${attempt.action} from another port of this host`);
    }
  }
  assert.equal(deeds(await chain(anna, key)), 0, 'nothing was recorded by a page of somebody else, and Anna is still signed in');
}

async function foreignHeaders({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  const path = `/api/comments/${key}/acknowledge`;
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: anna.url.replace('http:', 'https:').replace('localhost', 'localhost.evil.example') },
    { origin: anna.url, 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign) {
    const answer = await anna.ask('POST', path, { json: {}, headers });
    assert.equal(answer.status, 403, `${JSON.stringify(headers)} answered ${answer.status}: ${sentence(answer)}`);
  }
  for (const host of ['evil.example', `evil.example:${new URL(anna.url).port}`, '']) {
    const answer = await anna.ask('GET', '/', { headers: { host } });
    assert.ok(answer.status >= 400, `under the name "${host}" the queue answered ${answer.status}`);
  }
  for (const [method, address] of [['GET', `/comments/${key}/acknowledge`], ['PUT', path], ['DELETE', `/api/comments/${key}`], ['GET', path]]) {
    assert.equal((await anna.ask(method, address)).status, 405, `${method} ${address}`);
  }
  assert.equal(deeds(await chain(anna, key)), 0);
}

async function signOutByLink({ people }) {
  const anna = await people.signedIn('anna');
  await anna.open('/sign-out');
  await anna.open('/');
  assert.match(await anna.page.locator('header.site').innerText(), /Anna de Vries/, 'a link or a picture signs nobody out');
}

async function frames({ people }) {
  const anna = await people.signedIn('anna');
  for (const address of [CROSS_SITE, SAME_SITE]) {
    for (const path of ['/', '/sign-in?to=%2F']) {
      await anna.page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: `<iframe src="${anna.url}${path}"></iframe>` }));
      await anna.page.goto(address);
      const framed = await Promise.all(anna.page.frames().slice(1).map((frame) => frame.content().catch(() => '')));
      assert.ok(!framed.join().includes('Dayzero</a>'), `${path} is shown in a frame of ${address}`);
      await anna.page.unroute(address);
    }
  }
  // Here the browser is meant to complain: that is how it says that it refused.
  anna.complaints.length = 0;
}

async function madeUpSessions({ people, url }) {
  const anna = await people.arrive('anna');
  const name = '__Host-dayzero-session';
  const madeUp = 'a'.repeat(64);
  await anna.context.addCookies([{ name, value: madeUp, domain: 'localhost', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' }]);
  await anna.signIn('/');
  const session = (await anna.context.cookies(url)).find((cookie) => cookie.name === name);
  assert.ok(session, `the session's cookie is called ${name}`);
  assert.notEqual(session.value, madeUp, 'signing in makes a new session and does not take one that somebody put there');
  const bad = [madeUp, '', session.value.slice(1), `${session.value}0`, session.value.toUpperCase(), `${session.value}; ${name}=${madeUp}`, 'x'.repeat(7000)];
  for (const value of bad) {
    const answer = await ask(url, 'GET', '/api/comments', { cookie: `${name}=${value}` });
    assert.equal(answer.status, 401, `a session of ${value.length} characters answered ${answer.status}`);
  }
  const again = await people.signedIn('anna');
  const second = (await again.context.cookies(url)).find((cookie) => cookie.name === name);
  assert.notEqual(second.value, session.value, 'every sign-in has a session of its own');
  await again.signOut();
  assert.equal((await anna.ask('GET', '/api/comments')).status, 200, 'signing out in one browser leaves the other signed in');
}

async function endedMeanwhile({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  await anna.page.locator('input[name=decision][value=not_a_case]').check();
  await anna.page.locator('form.decide [name=reason]').fill('Typed before the session ended.');
  await anna.context.clearCookies({ domain: 'localhost' });
  await anna.press('Record the decision');
  assert.match(await anna.reads(), /nothing was recorded/i);
  await anna.photograph('30-session-ended-under-a-form');
  await anna.page.getByRole('link', { name: 'Sign in' }).click();
  await anna.settle();
  assert.ok(['/', `/comments/${key}`].includes(anna.where()), `signing in again led to ${anna.where()}`);
  assert.equal(deeds(await chain(anna, key)), 0, 'a form without a session records nothing');
}

async function oldForms({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  const token = await anna.page.locator('form[action$="/acknowledge"] input[name=token]').first().inputValue();
  const sam = await people.signedIn('sam');
  const stolen = await sam.ask('POST', `/comments/${key}/acknowledge`, { form: { token } });
  assert.equal(stolen.status, 403, "a token of Anna's page is no good in Sam's session");
  const again = await people.signedIn('anna');
  const older = await again.ask('POST', `/comments/${key}/acknowledge`, { form: { token } });
  assert.equal(older.status, 403, "a token is no good in another session of the same person");
  const own = await anna.ask('POST', `/comments/${key}/acknowledge`, { form: { token } });
  assert.equal(own.status, 303, 'it is good where it was made');
}

/// Everything that is answered, good or bad, carries the headers that keep it out of caches, frames and foreign pages.
async function headers({ people, url }) {
  const anna = await people.signedIn('anna');
  const admin = await people.signedIn('admin');
  const answers = {
    'a page': await anna.ask('GET', '/'),
    'a page of JSON': await anna.ask('GET', '/api/comments'),
    'the outbox': await anna.ask('GET', '/outbox'),
    'the way to sign in': await ask(url, 'GET', '/'),
    'the way to the provider': await ask(url, 'GET', '/sign-in?to=%2F'),
    'a refused way back': await ask(url, 'GET', '/sign-in/callback?code=x&state=y'),
    'no session': await ask(url, 'GET', '/api/comments'),
    'a refused role': await admin.ask('GET', '/'),
    'nothing there': await anna.ask('GET', '/nowhere'),
    'signed out': await ask(url, 'GET', '/sign-out'),
  };
  for (const [what, answer] of Object.entries(answers)) {
    const csp = answer.headers['content-security-policy'] ?? '';
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) assert.ok(csp.includes(part), `${what}: ${part} is missing in "${csp}"`);
    assert.doesNotMatch(csp, /unsafe|script-src/, what);
    const rest = ['x-content-type-options', 'referrer-policy', 'cache-control'].map((name) => answer.headers[name]);
    assert.deepEqual(rest, ['nosniff', 'no-referrer', 'no-store'], what);
    assert.doesNotMatch(answer.text, /<script|onload=|javascript:/i, what);
  }
}

export default [
  { title: 'forms of other sites, and of other ports of this host, change nothing', tell: foreignForms },
  { title: 'foreign origins, foreign host names and other methods are refused', tell: foreignHeaders },
  { title: 'opening the address of signing out signs nobody out', tell: signOutByLink },
  { title: 'no page is shown in a frame', tell: frames },
  { title: 'sessions are made at signing in, and made-up ones are good for nothing', tell: madeUpSessions },
  { title: 'a form whose session ended records nothing, and says so', tell: endedMeanwhile },
  { title: 'the token of a form is good in one session only', tell: oldForms },
  { title: 'every answer carries the headers that keep it to itself', tell: headers },
];
