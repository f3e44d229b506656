// The way in: what is kept over signing in, what is refused on the way back from the provider, and how it goes on when the provider does
// not answer, changes its keys or asks for a person who has no role here.

import { strict as assert } from 'node:assert';

import { freshCase, journal } from '../cases.mjs';
import { ask, sentence } from '../http.mjs';

const CALLBACK = '/sign-in/callback';

/// Goes through the provider and keeps the way back to the console, unused.
async function keepWayBack(provider, person, path = '/') {
  provider.keeps = true;
  try {
    await person.page.goto(person.url + path);
    if ((await person.page.title()) !== 'Kept') await person.fillIn();
    assert.equal(await person.page.title(), 'Kept');
    return provider.kept.pop();
  } finally {
    provider.keeps = false;
  }
}

/// A refusal on the way back is a page with one sentence, and nobody is signed in by it.
async function refused(person, address, name) {
  const answer = await person.page.goto(address);
  assert.ok(answer.status() >= 400 && answer.status() < 500, `the way back answered ${answer.status()}, expected a refusal`);
  const said = await person.reads();
  assert.ok(said.length > 20, `a refusal says why: "${said}"`);
  if (name) await person.photograph(name);
  return said;
}

async function deepLink({ people, url }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  for (const path of [`/comments/${key}`, '/?state=all&band=alert', '/evidence?from=2026-11-01&to=2026-11-30', `/comments/${key}/evidence`]) {
    const sam = await people.arrive('sam');
    await sam.signIn(path);
    assert.equal(sam.where(), path, 'signing in ends at the page that was asked for');
    assert.doesNotMatch(sam.page.url(), /code=|state=[A-Za-z0-9_-]{12}/, 'nothing of the provider is left in the address');
  }
}

async function nowhereElse({ people, url }) {
  const elsewhere = ['//evil.example/', 'https://evil.example/', '/\\evil.example', '\\\\evil.example', '/%5c%5cevil.example', 'evil.example', 'javascript:alert(1)', '/\t/evil.example', '/sign-out', ''];
  for (const to of elsewhere) {
    const anna = await people.arrive('anna');
    await anna.signIn(`/sign-in?to=${encodeURIComponent(to)}`);
    assert.equal(new URL(anna.page.url()).origin, url, `to=${to} ended at ${anna.page.url()}`);
    assert.match(await anna.page.locator('header.site').innerText(), /Anna de Vries/, `to=${to}`);
    await anna.context.close();
  }
}

async function linkInAMail({ people, url }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  // Another site that links here, as a mail in the browser does: the session's cookie does not come along with the first request.
  await anna.page.route('http://mail.example/', (route) => route.fulfill({ contentType: 'text/html', body: `<a href="${url}/comments/${key}">The alert</a>` }));
  await anna.page.goto('http://mail.example/');
  await anna.page.getByText('The alert').click();
  await anna.settle();
  assert.equal(anna.where(), `/comments/${key}`, 'a link in a mail leads whoever is signed in to the case, without a password');
}

async function twoTabs({ people, url }) {
  const anna = await people.arrive('anna');
  const first = anna.page;
  const second = await anna.context.newPage();
  await first.goto(`${url}/deviations`);
  await second.goto(`${url}/channels`);
  for (const [page, path] of [[first, '/deviations'], [second, '/channels']]) {
    anna.page = page;
    await anna.fillIn();
    await anna.settle();
    assert.equal(anna.where(), path, 'each of two tabs gets where it wanted to go');
  }
}

async function replay({ people, provider }) {
  const anna = await people.arrive('anna');
  const wayBack = await keepWayBack(provider, anna);
  await anna.page.goto(wayBack);
  await anna.settle();
  assert.equal(anna.where(), '/');
  const thief = await people.arrive('nora');
  await refused(thief, wayBack, '10-way-back-refused');
  assert.equal((await thief.ask('GET', '/api/comments')).status, 401, 'whoever repeats the way back is not signed in');
  await refused(anna, wayBack);
}

async function anothersWayBack({ people, provider, url }) {
  const quinn = await people.arrive('quinn');
  const wayBack = await keepWayBack(provider, quinn);
  const anna = await people.signedIn('anna');
  await refused(anna, wayBack);
  await anna.open('/');
  assert.match(await anna.page.locator('header.site').innerText(), /Anna de Vries/, 'Anna is still Anna');
  const sam = await people.arrive('sam');
  await refused(sam, wayBack);
  assert.equal((await sam.ask('GET', '/api/comments')).status, 401);
  // Quinn's code in an answer that fits what Anna's browser began: the code is bound to Quinn's sign-in by its verifier.
  const fresh = await people.arrive('quinn');
  const stolen = new URL(await keepWayBack(provider, fresh)).searchParams.get('code');
  const victim = await people.arrive('anna');
  const mixed = new URL(await keepWayBack(provider, victim));
  mixed.searchParams.set('code', stolen);
  await refused(victim, mixed.href);
  assert.equal((await victim.ask('GET', '/api/comments')).status, 401, "another's code signs nobody in");
  for (const query of ['', '?code=x', '?state=x', '?code=x&state=x', '?error=access_denied', `?code=${'x'.repeat(20_000)}&state=y`]) {
    const answer = await ask(url, 'GET', CALLBACK + query);
    assert.ok(answer.status >= 400 && answer.status < 500, `${CALLBACK}${query.slice(0, 30)} answered ${answer.status}, expected a refusal`);
    assert.doesNotMatch(answer.text, /xxxxx/, 'a refusal repeats nothing of what it was sent');
  }
}

async function cancelled({ people, url }) {
  const anna = await people.arrive('anna');
  await anna.page.goto(`${url}/`);
  await anna.press('Cancel');
  await anna.settle();
  assert.ok((await anna.reads()).length > 20);
  assert.equal((await anna.ask('GET', '/api/comments')).status, 401);
  await anna.photograph('11-cancelled');
}

async function providerAway({ people, provider, url }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  await provider.stop();
  try {
    assert.equal(await anna.open(`/comments/${key}`), 200, 'whoever is signed in goes on');
    await anna.press('Acknowledge');
    assert.match(await anna.reads(), /You have it in hand/);
    const sam = await people.arrive('sam');
    const wayIn = await ask(url, 'GET', '/sign-in?to=%2F');
    // What is known of the provider may still be held: then the browser is sent there, and it is the browser that says nobody answers.
    if (![302, 303].includes(wayIn.status)) {
      assert.equal(wayIn.status, 503);
      assert.match(sentence(wayIn), /provider|sign/i);
      await sam.open('/');
      await sam.photograph('12-provider-away');
    }
    assert.equal((await ask(url, 'GET', '/api/health')).status, 200);
  } finally {
    await provider.startAgain();
  }
  const wes = await people.signedIn('wes');
  assert.equal(await wes.open('/'), 200, 'signing in works again as soon as the provider answers');
}

async function awayOnTheWayBack({ people, provider }) {
  const anna = await people.arrive('anna');
  const wayBack = await keepWayBack(provider, anna);
  await provider.stop();
  try {
    const answer = await anna.page.goto(wayBack);
    assert.ok([502, 503].includes(answer.status()), `the way back answered ${answer.status()} without the provider, expected 502 or 503`);
    assert.match(await anna.reads(), /provider|sign/i);
    await anna.photograph('13-provider-away-on-the-way-back');
  } finally {
    await provider.startAgain();
  }
  await anna.signIn('/');
  assert.equal(anna.where(), '/');
}

async function anotherSecret({ people, provider }) {
  const { client_secret } = provider.client;
  provider.client.client_secret = 'one that was given since';
  provider.change();
  try {
    const anna = await people.arrive('anna');
    await anna.signIn('/');
    assert.match(await anna.reads(), /nobody can sign in/i);
    await anna.photograph('15-secret-not-taken');
  } finally {
    provider.client.client_secret = client_secret;
    provider.change();
  }
  const sam = await people.signedIn('sam');
  assert.equal(await sam.open('/'), 200);
}

async function newKeys({ people, provider }) {
  await people.signedIn('anna');
  provider.changeKeys();
  const sam = await people.signedIn('sam');
  assert.match(await sam.page.locator('header.site').innerText(), /Sam Jansen/);
}

async function noRole({ people, provider }) {
  const nora = await people.arrive('nora');
  await nora.signIn('/');
  assert.match(await nora.reads(), /role/i, 'the page says that a role is missing');
  await nora.photograph('14-no-role');
  for (const path of ['/', '/access', '/outbox', '/statements', '/evidence']) {
    const answer = await nora.ask('GET', path);
    assert.notEqual(answer.status, 200, `GET ${path} without a role answered 200`);
  }
  assert.ok([401, 403].includes((await nora.ask('GET', '/api/comments')).status));
  const leaver = await people.signedIn('wes');
  assert.equal(await leaver.open('/'), 200);
  await leaver.signOut();
  provider.overrides.wes = { groups: ['Everybody'] };
  try {
    const again = await people.arrive('wes');
    await again.signIn('/');
    assert.match(await again.reads(), /role/i, 'whoever lost the role is refused at the next sign-in');
  } finally {
    delete provider.overrides.wes;
  }
  const audra = await people.signedIn('audra');
  const told = JSON.stringify((await journal(audra)).filter(({ by }) => by.startsWith('Nora')));
  assert.match(told, /refus/i, 'that Nora was refused stands in the journal');
}

async function oddNames({ people }) {
  const bo = await people.signedIn('both');
  const header = await bo.page.locator('header.site').innerText();
  assert.match(header, /Bo <b>Mulder<\/b> & Zoon/, 'a name is text, whatever it holds');
  assert.equal(await bo.page.locator('header.site b').count(), 0);
}

export default [
  { title: 'a deep link survives signing in, and nothing of the provider is left in the address', tell: deepLink },
  { title: 'signing in never leads to another site', tell: nowhereElse },
  { title: 'a link in a mail leads whoever is signed in straight to the case', tell: linkInAMail },
  { title: 'two tabs that both ask for signing in both get where they wanted to go', tell: twoTabs },
  { title: 'the way back from the provider is good once, and in one browser', tell: replay },
  { title: "somebody else's way back, or a made-up one, signs nobody in", tell: anothersWayBack },
  { title: 'whoever cancels at the provider is told so', tell: cancelled },
  { title: 'while the provider is away, who is signed in goes on, and signing in says so', tell: providerAway },
  { title: 'a provider that goes away on the way back is said to be away', tell: awayOnTheWayBack },
  { title: 'a secret that the provider does not take is said to be no fault of the person', tell: anotherSecret },
  { title: 'the provider changes its keys, and the next person signs in', tell: newKeys },
  { title: 'a person without a role is refused, and so is one who lost it', tell: noRole },
  { title: 'a name with markup in it is shown as text', tell: oddNames },
];
