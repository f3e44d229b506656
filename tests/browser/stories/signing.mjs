// Signing a statement: the password is asked for again, by the provider, of the very person who signs; everything else leaves the
// statement unsigned.

import { strict as assert } from 'node:assert';

import { journal } from '../cases.mjs';
import { sentence } from '../http.mjs';

/// Seconds since somebody entered a password, as the provider is told to say: longer than a signature allows.
const LONG_AGO = 3600;

/// Makes a statement as quality; gives the address of its page.
async function statement(people, period) {
  const quinn = await people.signedIn('quinn');
  await quinn.open('/statements');
  await quinn.page.getByLabel('Reconcile now and state a period').first().fill(period);
  await quinn.press('Reconcile and state');
  const link = quinn.page.locator(`a[href$="/${period}"]`).first();
  return (await link.count()) > 0 ? link.getAttribute('href') : quinn.where().split('?')[0];
}

/// Signs in with a password that was entered long ago, and opens the statement.
async function before(people, provider, login, path) {
  provider.passwordAge[login] = LONG_AGO;
  const person = await people.signedIn(login);
  delete provider.passwordAge[login];
  await person.open(path);
  return person;
}

/// Goes from the statement to the provider, which asks for the password again.
async function askToSign(person) {
  const link = person.page.getByRole('link', { name: /sign in again/i });
  assert.ok((await link.count()) > 0, `a statement says that the password is needed again: ${(await person.reads()).slice(-400)}`);
  await link.first().click();
  await person.page.waitForURL((at) => at.origin === person.people.issuer);
  assert.match(await person.page.title(), /again/i, 'the provider is asked to ask again');
}

async function sign(person, side = 'drug safety') {
  const button = person.page.getByRole('button', { name: `Sign as ${person.name} for ${side}` });
  await person.page.locator('form[action$="/signatures"]').filter({ has: button }).locator('input[type=radio][value=agrees]').check();
  await person.press(`Sign as ${person.name} for ${side}`);
}

async function signedAfterThePassword({ people, provider }) {
  const path = await statement(people, '2026-11-29');
  const sam = await before(people, provider, 'sam', path);
  await sam.photograph('40-statement-before-signing');
  const token = await sam.page.locator('input[name=token]').first().getAttribute('value').catch(() => '');
  const handMade = await sam.ask('POST', `${path}/signatures`, { form: { token: token ?? '', side: 'drug_safety', meaning: 'agrees', digest: 'x' } });
  assert.notEqual(handMade.status, 303, `a form without a fresh password answered ${handMade.status}: ${sentence(handMade)}`);
  await askToSign(sam);
  await sam.photograph('41-provider-asks-again');
  await sam.fillIn();
  await sam.settle();
  assert.equal(sam.where().split('?')[0], path, 'the password leads back to the statement');
  await sign(sam);
  assert.match(await sam.reads(), /Your signature is recorded/);
  await sam.photograph('42-signed');
  const audra = await people.signedIn('audra');
  const told = JSON.stringify((await journal(audra)).filter(({ by }) => by.startsWith('Sam Jansen')));
  assert.match(told, /again/, 'that Sam proved again who he is stands in the journal');
  await audra.open(path);
  assert.match(await audra.reads(), /Sam Jansen/);
  await audra.photograph('43-signed-seen-by-an-auditor');
}

async function someoneElsesPassword({ people, provider }) {
  const path = await statement(people, '2026-11-28');
  const anna = await before(people, provider, 'anna', path);
  await askToSign(anna);
  await anna.fillIn('sam');
  await anna.settle();
  await anna.photograph('44-another-person-signed-in-again');
  await anna.open(path);
  const header = await anna.page.locator('header.site').innerText().catch(() => '');
  assert.doesNotMatch(header, /Sam Jansen/, "Anna's browser did not become Sam's by proving who Anna is");
  const audra = await people.signedIn('audra');
  await audra.open(path);
  assert.doesNotMatch(await audra.reads(), /Sam Jansen,|Anna de Vries,/, 'nobody has signed');
}

async function forgetfulProvider({ people, provider }) {
  const path = await statement(people, '2026-11-27');
  const anna = await before(people, provider, 'anna', path);
  provider.forgetful = true;
  try {
    await anna.page.getByRole('link', { name: /sign in again/i }).first().click();
    await anna.settle();
    await anna.photograph('45-provider-did-not-ask-again');
    await anna.open(path);
    assert.equal(await anna.page.getByRole('button', { name: /^Sign as/ }).count(), 0, 'an old password signs nothing, whatever the provider makes of it');
  } finally {
    provider.forgetful = false;
  }
}

async function cancelledAgain({ people, provider }) {
  const path = await statement(people, '2026-11-26');
  const anna = await before(people, provider, 'anna', path);
  await askToSign(anna);
  await anna.press('Cancel');
  await anna.settle();
  await anna.photograph('46-cancelled-signing-in-again');
  assert.equal(await anna.open('/'), 200);
  assert.match(await anna.page.locator('header.site').innerText(), /Anna de Vries/, 'whoever cancels stays signed in as before');
}

async function twoPeople({ people }) {
  const path = await statement(people, '2026-11-25');
  const sam = await people.signedIn('sam');
  await sam.open(path);
  await sign(sam);
  assert.match(await sam.reads(), /Your signature is recorded/, 'a password entered a moment ago is good enough');
  assert.equal(await sam.page.getByRole('button', { name: /channel owner/i }).count(), 0, 'drug safety does not sign for the owner of the channels');
  const quinn = await people.signedIn('quinn');
  await quinn.open(path);
  await quinn.page.locator('form[action$="/signatures"] input[type=radio][value=agrees]').first().check();
  const button = quinn.page.getByRole('button', { name: /^Sign as Quinn Bakker/ });
  await quinn.press(await button.first().innerText());
  assert.match(await quinn.reads(), /Your signature is recorded/);
  await quinn.photograph('47-signed-by-both-sides');
}

async function neverBothSides({ people, provider }) {
  const path = await statement(people, '2026-11-24');
  provider.overrides.sam = { groups: ['Drug Safety', 'QA'] };
  try {
    const sam = await people.signedIn('sam');
    await sam.open(path);
    await sign(sam);
    await sign(sam, 'channel owner');
    assert.match(await sam.reads(), /One person cannot sign for both sides/);
  } finally {
    delete provider.overrides.sam;
  }
}

async function erasureNeedsTwo({ people }) {
  const anna = await people.signedIn('anna');
  await anna.open('/erasure');
  await anna.page.getByLabel('Platform', { exact: true }).selectOption('forum');
  await anna.page.getByLabel(/^Author/).fill('nobody-of-this-name');
  await anna.page.getByLabel(/^Reason/).fill('Asked by the author.');
  await anna.press('Ask for erasure');
  assert.match(await anna.reads(), /Another person must agree/);
  assert.equal(await anna.page.getByRole('button', { name: 'Agree' }).count(), 0, 'who asks cannot agree');
  await anna.photograph('48-erasure-asked');
  const sam = await people.signedIn('sam');
  await sam.open('/erasure');
  await sam.press('Agree');
  assert.match(await sam.reads(), /Agreed to by Sam Jansen|agreement is recorded/);
}

export default [
  { title: 'a statement is signed after the password was asked for again', tell: signedAfterThePassword },
  { title: "somebody else's password signs nothing and changes nobody's session", tell: someoneElsesPassword },
  { title: 'a provider that does not ask again makes no signature', tell: forgetfulProvider },
  { title: 'whoever cancels the second password stays signed in and signs nothing', tell: cancelledAgain },
  { title: 'each side is signed by its own role', tell: twoPeople },
  { title: 'one person with both roles signs one side only', tell: neverBothSides },
  { title: 'an erasure takes two people', tell: erasureNeedsTwo },
];
