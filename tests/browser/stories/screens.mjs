// How it looks: every kind of page on a phone and on a desk, in the dark and on paper. Measured is what a person cannot work around: pages
// that have to be scrolled sideways, and buttons that are cut off or too small for a thumb. The pictures are for eyes.

import { strict as assert } from 'node:assert';
import { join } from 'node:path';

import { chain, freshCase } from '../cases.mjs';
import { PHONE } from '../people.mjs';

/// Side of the smallest thing to press, in CSS pixels: WCAG 2.2, target size (minimum).
const SMALLEST = 24;

/// What cannot be reached or pressed with a thumb on the page as it stands.
async function measure(person) {
  return person.page.evaluate((smallest) => {
    const problems = [];
    if (document.documentElement.scrollWidth > window.innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${window.innerWidth}`);
    for (const thing of document.querySelectorAll('button, .button, input, select, textarea, summary, header nav a')) {
      if (!thing.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) || thing.type === 'hidden') continue;
      // A box or a dot is pressed through its label.
      const box = (thing.closest('label') ?? thing).getBoundingClientRect();
      const name = (thing.innerText || thing.name || thing.id || thing.tagName).slice(0, 40);
      const strip = thing.closest('nav');
      // A strip of links may be pushed sideways by itself; the page may not.
      const pushed = strip && strip.scrollWidth > strip.clientWidth && getComputedStyle(strip).overflowX === 'auto';
      if (!pushed && (box.left < 0 || box.right > window.innerWidth + 0.5)) problems.push(`"${name}" reaches from ${box.left} to ${box.right}`);
      if (box.width < smallest || box.height < smallest) problems.push(`"${name}" is ${Math.round(box.width)} by ${Math.round(box.height)}`);
    }
    return problems;
  }, SMALLEST);
}

async function look(person, path, name, status = 200) {
  assert.equal(await person.open(path), status, path);
  assert.deepEqual(await measure(person), [], `${path} at ${person.page.viewportSize().width} pixels`);
  await person.photograph(name);
}

async function phone({ people }) {
  const anna = await people.arrive('anna', PHONE);
  await anna.page.goto(`${anna.url}/`);
  await anna.photograph('50-phone-provider');
  await anna.fillIn();
  await anna.settle();
  const { key } = await freshCase(anna);
  const pages = ['/', `/comments/${key}`, `/comments/${key}/evidence`, '/deviations', '/evidence', '/statements', '/sample', '/quality', '/channels', '/drills', '/access', '/erasure', '/protocols', '/more', '/outbox', '/name'];
  for (const path of pages) {
    if (path === '/name' && (await anna.ask('GET', '/name')).status !== 200) continue;
    const name = path.replace(key, 'case').replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'queue';
    await look(anna, path, `51-phone-${name}`);
  }
  await look(anna, '/comments/forum-00000000000000000000000000000000', '52-phone-not-found', 404);
}

async function phoneDay({ people }) {
  const anna = await people.signedIn('anna', PHONE);
  const { key } = await freshCase(anna);
  await anna.open(`/comments/${key}`);
  const button = anna.page.getByRole('button', { name: 'Acknowledge' }).first();
  await button.scrollIntoViewIfNeeded();
  await button.tap();
  await anna.page.waitForURL(/done=acknowledged/);
  await anna.page.locator('input[name=decision][value=not_a_case]').tap();
  await anna.page.locator('form.decide [name=reason]').fill('Speaks of somebody on television.');
  await anna.page.getByRole('button', { name: 'Record the decision' }).tap();
  await anna.page.waitForURL(/done=decided/);
  assert.deepEqual(await measure(anna), []);
  const kinds = (await chain(anna, key)).map(({ kind }) => kind);
  assert.ok(kinds.includes('acknowledged') && kinds.includes('decided'));
  await anna.photograph('53-phone-decided');
  await anna.signOut();
  assert.deepEqual(await measure(anna), []);
  await anna.photograph('54-phone-signed-out');
}

async function phoneRefusals({ people }) {
  const admin = await people.signedIn('admin', PHONE);
  await look(admin, '/', '55-phone-role-refused', 403);
  await look(admin, '/more', '56-phone-administrator');
  const nora = await people.arrive('nora', PHONE);
  await nora.signIn('/');
  assert.deepEqual(await measure(nora), []);
  await nora.photograph('57-phone-no-role');
  const stranger = await people.arrive('anna', PHONE);
  await stranger.page.goto(`${stranger.url}/sign-in/callback?code=x&state=y`);
  assert.deepEqual(await measure(stranger), []);
  await stranger.photograph('58-phone-way-back-refused');
}

async function deskAndPaper({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna, { class: 'serious' });
  await anna.page.emulateMedia({ colorScheme: 'dark' });
  await look(anna, '/', '60-dark-queue');
  await look(anna, `/comments/${key}`, '61-dark-case');
  await anna.page.emulateMedia({ colorScheme: 'light', media: 'print' });
  await anna.open(`/comments/${key}/evidence`);
  for (const button of await anna.page.getByRole('button').all()) {
    assert.equal(await button.isVisible(), false, `paper has no use for the button "${await button.innerText()}"`);
  }
  await anna.page.pdf({ path: join(anna.people.folder, '62-evidence.pdf'), format: 'A4' });
  await anna.photograph('62-paper-evidence');
}

export default [
  { title: 'no page has to be scrolled sideways on a phone, and everything can be pressed', tell: phone },
  { title: 'a case is taken in hand and decided on a phone', tell: phoneDay },
  { title: 'refusals fit on a phone', tell: phoneRefusals },
  { title: 'the pages hold in the dark and on paper', tell: deskAndPaper },
];
