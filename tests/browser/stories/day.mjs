// A day of drug safety at the console: sign in, the queue, a case in hand, a decision, sign out; and what is left in the browser afterwards.

import { strict as assert } from 'node:assert';

import { chain, freshCase, journal, settledComments } from '../cases.mjs';
import { ask } from '../http.mjs';

/// Hours that a session lasts at most: a working day.
const LONGEST_SESSION_HOURS = 12;
/// How often the back button is pressed: beyond the case, the queue and the provider.
const BACK = 5;

async function signInWithTheRightPassword({ people, url }) {
  const anna = await people.arrive('anna');
  await anna.page.goto(`${url}/`);
  assert.ok(anna.atProvider(), `a stranger is at ${anna.page.url()}, expected the provider's form`);
  await anna.photograph('01-provider-form');
  await anna.fillIn('anna', 'guessed');
  assert.match(await anna.page.getByRole('alert').innerText(), /wrong/);
  await anna.fillIn();
  await anna.settle();
  assert.equal(anna.where(), '/');
  assert.match(await anna.page.locator('header.site').innerText(), /Anna de Vries/);
  await settledComments(anna);
  await anna.page.reload();
  assert.ok((await anna.page.locator('ol.queue > li').count()) > 10, 'the queue of the samples has more than ten rows');
  await anna.photograph('02-queue', {});
}

async function narrowCookies({ people, url }) {
  const anna = await people.signedIn('anna');
  const cookies = await anna.context.cookies(url);
  assert.ok(cookies.length > 0, 'a signed-in browser holds a cookie');
  for (const { name, secure, httpOnly, path, domain } of cookies) {
    const kind = { host: name.startsWith('__Host-'), secure, httpOnly, path, domain };
    assert.deepEqual(kind, { host: true, secure: true, httpOnly: true, path: '/', domain: 'localhost' }, name);
  }
  const strict = cookies.filter(({ sameSite }) => sameSite === 'Strict');
  assert.equal(strict.length, 1, `one cookie, that of the session, is SameSite=Strict: ${cookies.map(({ name, sameSite }) => `${name} ${sameSite}`)}`);
  const [{ expires }] = strict;
  const hours = expires === -1 ? 0 : (expires - Date.now() / 1000) / 3600;
  assert.ok(hours <= LONGEST_SESSION_HOURS, `the cookie of the session lasts ${hours.toFixed(1)} h, expected ${LONGEST_SESSION_HOURS} at most`);
  assert.equal(await anna.page.evaluate(() => document.cookie), '', 'no cookie is readable by a script');
  const stored = await anna.page.evaluate(() => localStorage.length + sessionStorage.length);
  assert.equal(stored, 0, 'nothing of the session lies in the storage of scripts');
}

async function takeAndDecide({ people }) {
  const anna = await people.signedIn('anna');
  const { key, text } = await freshCase(anna, { class: 'serious' });
  await anna.page.locator(`ol.queue a[href="/comments/${key}"]`).click();
  await anna.page.waitForURL((at) => at.pathname === `/comments/${key}`);
  assert.ok((await anna.page.locator('blockquote.verbatim').innerText()).length >= Math.min(text.length, 20));
  await anna.photograph('03-case');
  await anna.press('Acknowledge');
  assert.match(await anna.reads(), /You have it in hand/);
  await anna.page.locator('input[name=decision][value=case]').check();
  await anna.page.getByLabel('Case number').fill('NL-2026-0042');
  await anna.page.locator('form.decide [name=reason]').fill('Reported by the patient herself.');
  await anna.press('Record the decision');
  assert.match(await anna.reads(), /Your decision is recorded/);
  await anna.photograph('04-decided');
  const events = await chain(anna, key);
  const by = (kind) => events.filter((event) => event.kind === kind).map((event) => event.by);
  assert.match(by('acknowledged').join(), /^Anna de Vries/);
  assert.match(by('decided').join(), /^Anna de Vries/);
}

async function signOut({ people, url }) {
  const anna = await people.signedIn('anna');
  const { key, text } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  const stolen = await anna.cookie();
  assert.equal((await ask(url, 'GET', `/comments/${key}`, { cookie: stolen })).status, 200, 'the cookie is good before signing out');
  await anna.signOut();
  await anna.photograph('05-signed-out');
  const left = (await anna.context.cookies(url)).filter(({ sameSite }) => sameSite === 'Strict');
  assert.deepEqual(left, [], 'no cookie of a session is left in the browser');
  for (const path of [`/comments/${key}`, '/', '/outbox', '/access']) {
    const answer = await ask(url, 'GET', path, { cookie: stolen });
    assert.ok([302, 303].includes(answer.status), `GET ${path} with the cookie of a closed session answered ${answer.status}, expected a way to sign in`);
    assert.match(answer.headers.location, /^\/sign-in\?to=/);
  }
  const answer = await ask(url, 'GET', `/api/comments/${key}`, { cookie: stolen });
  assert.equal(answer.status, 401);
  assert.ok(answer.json.error, 'JSON says in one sentence what is missing');
  for (let step = 1; step <= BACK; step += 1) {
    // A page that was posted to may not come back at all; that is as good.
    await anna.page.goBack().catch(() => undefined);
    await anna.page.waitForLoadState('load');
    const shown = await anna.page.content();
    assert.ok(!shown.includes(text.slice(0, 40)), `the back button brings the words back in step ${step}`);
  }
}

async function everyStepIsNoted({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  await anna.signOut();
  const audra = await people.signedIn('audra');
  const notes = (await journal(audra)).filter(({ by }) => by.startsWith('Anna de Vries'));
  const read = notes.find((note) => (note.keys ?? []).includes(key));
  assert.ok(read, 'that Anna read the case stands in the journal');
  const told = JSON.stringify(notes);
  assert.match(told, /sign(ed)?[_ -]?in/i, 'that Anna signed in stands in the journal');
  assert.match(told, /sign(ed)?[_ -]?out/i, 'that Anna signed out stands in the journal');
  await audra.open('/access');
  await audra.photograph('06-access', {});
}

export default [
  { title: 'safety signs in at the provider, after a wrong password, and sees the queue', tell: signInWithTheRightPassword },
  { title: 'the session is one cookie that no other host, path, script or site gets', tell: narrowCookies },
  { title: 'safety takes a serious case in hand and decides, under the name the provider told', tell: takeAndDecide },
  { title: 'after signing out neither the back button nor the old cookie shows anything', tell: signOut },
  { title: 'the journal holds that somebody signed in, read a case and signed out', tell: everyStepIsNoted },
];
