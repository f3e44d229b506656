// What each role may open and do. The table below is written from the company's side, who needs what for their work, and not from the
// program's own; a page that shows a button which would then refuse fails here as much as one that shows too much.

import { strict as assert } from 'node:assert';

import { allComments, chain, fingerprints, foundIn, freshCase, journal, reachable } from '../cases.mjs';
import { post } from '../forum.mjs';
import { sentence } from '../http.mjs';

/// Everybody who is signed in with a role.
const EVERYBODY = ['anna', 'quinn', 'wes', 'audra', 'admin'];

/// Addresses that show something, and who may see it.
const PAGES = [
  [['anna', 'quinn', 'wes', 'audra'], ['/', '/?state=all', '/comments/KEY', '/comments/KEY/evidence', '/api/comments', '/api/comments/KEY', '/api/comments/KEY/evidence', '/outbox']],
  [['anna', 'quinn', 'audra'], ['/evidence', '/deviations', '/erasure', '/statements', '/sample', '/quality', '/api/evidence', '/api/deviations', '/api/sample', '/api/quality']],
  [['anna', 'quinn', 'audra', 'admin'], ['/access', '/api/access']],
  [EVERYBODY, ['/more', '/channels', '/drills', '/protocols', '/protocols/CAMPAIGN', '/api/channels', '/api/drills', '/api/protocols']],
];

/// What changes something, with the fields of a form, and who may do it.
const ACTS = [
  [['anna', 'quinn', 'wes'], '/comments/KEY/acknowledge', {}],
  [['anna', 'quinn'], '/comments/KEY/decision', { decision: 'not_a_case', reason: 'x', revision: '1' }],
  [['anna'], '/comments/KEY/day-zero', { day_zero: '2026-11-01', reason: 'x', revision: '1' }],
  [['anna'], '/comments/KEY/cause', { cause: 'x' }],
  [['anna'], '/comments/KEY/export', { to: 'x' }],
  [['anna'], '/decisions', { reason: 'x', pick: 'KEY@1' }],
  [['anna'], '/erasure', { platform: 'forum', author: 'x', reason: 'x' }],
  [['anna'], '/erasure/agree', { request: 'x' }],
  [['anna', 'quinn'], '/statements/CAMPAIGN', { period: '2026-11-29' }],
  [['anna', 'quinn'], '/statements/CAMPAIGN/2026-11-29/signatures', { side: 'drug_safety', digest: 'x', meaning: 'agrees' }],
  [['anna', 'quinn'], '/statements/CAMPAIGN/tasks/0123', { reason: 'x' }],
  [['anna'], '/statements/CAMPAIGN/cases', { list: 'case_number;received_at' }],
];

/// The same by JSON, with bodies that change nothing where they are allowed.
const API_ACTS = [
  [['anna', 'quinn', 'wes'], '/api/comments/KEY/acknowledge', { by: 'Somebody Else' }],
  [['anna', 'quinn'], '/api/comments/KEY/decision', {}],
  [['anna'], '/api/comments/KEY/day-zero', {}],
  [['anna'], '/api/comments/KEY/cause', {}],
  [['anna'], '/api/comments/KEY/export', {}],
  [['anna', 'admin'], '/api/drills', { by: 'Somebody Else' }],
  [['anna', 'admin'], '/api/drills/dayzero-drill-1/end', {}],
];

/// Forms that each role may find on the pages it reaches.
const FORMS = {
  anna: ['acknowledge', 'decision', 'day-zero', 'cause', 'export', 'decisions', 'erasure', 'agree', 'statements', 'signatures', 'tasks', 'cases', 'sign-out'],
  quinn: ['acknowledge', 'decision', 'statements', 'signatures', 'tasks', 'sign-out'],
  wes: ['acknowledge', 'sign-out'],
  audra: ['sign-out'],
  admin: ['sign-out'],
};

async function campaign(person) {
  const { text } = await person.ask('GET', '/protocols');
  return text.match(/href="\/protocols\/([^"?#]+)/)[1];
}

/// The kind of thing that a form's address does, without whom it does it to.
function kindOf(action) {
  const path = action.split('?')[0].split('/').filter(Boolean);
  if (path[0] === 'statements') return path[2] === 'tasks' ? 'tasks' : path.length === 2 ? 'statements' : path.at(-1);
  return path.at(-1);
}

async function everyPage({ people }) {
  const anna = await people.signedIn('anna');
  const names = { KEY: (await freshCase(anna)).key, CAMPAIGN: await campaign(anna) };
  const fill = (path) => path.replace(/KEY|CAMPAIGN/g, (name) => names[name]);
  for (const login of EVERYBODY) {
    const person = login === 'anna' ? anna : await people.signedIn(login);
    for (const [allowed, paths] of PAGES) {
      for (const path of paths.map(fill)) {
        const answer = await person.ask('GET', path);
        assert.equal(answer.status, allowed.includes(login) ? 200 : 403, `GET ${path} as ${login}`);
        if (answer.status === 403) assert.match(sentence(answer), /role/i, `GET ${path} as ${login} says what is missing`);
      }
    }
  }
}

async function everyAct({ people }) {
  const anna = await people.signedIn('anna');
  const { key } = await freshCase(anna, { class: 'serious' });
  const names = { KEY: key, CAMPAIGN: await campaign(anna) };
  const fill = (text) => text.replace(/KEY|CAMPAIGN/g, (name) => names[name]);
  const before = (await chain(anna, key)).filter(({ kind }) => kind !== 'shown').length;
  for (const login of EVERYBODY) {
    const person = login === 'anna' ? anna : await people.signedIn(login);
    for (const [allowed, path, fields] of ACTS) {
      const form = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fill(value)]));
      const answer = await person.ask('POST', fill(path), { form });
      // Even whoever may do it needs the token of a page of their own.
      assert.equal(answer.status, 403, `a hand-made POST ${path} as ${login}`);
      assert.equal(/role/i.test(sentence(answer)), !allowed.includes(login), `POST ${path} as ${login} says: ${sentence(answer)}`);
    }
    for (const [allowed, path, json] of API_ACTS) {
      const answer = await person.ask('POST', fill(path), { json });
      const said = `POST ${path} as ${login} answered ${answer.status}: ${sentence(answer)}`;
      // Quality and webcare may take comments, but not this one.
      const notTheirs = /matter of your role/.test(sentence(answer));
      assert.equal(answer.status === 403 && !notTheirs, !allowed.includes(login), said);
      assert.notEqual(answer.status, 200, said);
    }
  }
  const after = (await chain(anna, key)).filter(({ kind }) => kind !== 'shown').length;
  assert.equal(after, before, 'nothing was recorded by any of it');
}

async function refusalsAreNoted({ people }) {
  const audra = await people.signedIn('audra');
  const { key } = await freshCase(audra);
  const answer = await audra.ask('POST', `/api/comments/${key}/acknowledge`, { json: {} });
  assert.equal(answer.status, 403);
  await audra.ask('POST', `/comments/${key}/decision?token=topsecret`, { form: { decision: 'case', reason: 'my own words' } });
  const notes = (await journal(audra)).filter(({ by }) => by.startsWith('Audra Smit'));
  const refused = JSON.stringify(notes.filter((note) => JSON.stringify(note).includes('refused')));
  assert.ok(refused.includes(`/api/comments/${key}/acknowledge`), 'the refused API call stands in the journal with its address');
  assert.ok(refused.includes(`/comments/${key}/decision`), 'the refused form stands in the journal with its address');
  assert.doesNotMatch(refused, /topsecret|my own words/, 'nothing that was typed stands in the journal');
  await audra.open('/access');
  assert.match(await audra.reads(), /refused/);
  await audra.photograph('20-refusal-in-the-journal', {});
}

async function noButtonThatRefuses({ people }) {
  const safety = await people.signedIn('anna');
  const name = await campaign(safety);
  const { key } = await freshCase(safety, { class: 'serious' });
  for (const login of EVERYBODY) {
    const person = login === 'anna' ? safety : await people.signedIn(login);
    const found = new Set();
    // What is typed may be refused; what a page links to may not.
    const typed = ['/', '/more', '/sample', `/comments/${key}`, `/protocols/${name}`];
    for (const [path, answer] of await reachable(person, typed)) {
      assert.ok([200, 303].includes(answer.status) || typed.includes(path), `${login} is shown a link to ${path}, which answers ${answer.status}`);
      for (const [form] of answer.text.matchAll(/<form\b[^>]*>/g)) {
        if (!/method="post"/.test(form)) continue;
        const kind = kindOf(form.match(/action="([^"]*)"/)[1]);
        assert.ok(FORMS[login].includes(kind), `${login} is shown a form to ${form.match(/action="([^"]*)"/)[1]} on ${path}`);
        found.add(kind);
      }
    }
    const needed = login === 'anna' ? ['acknowledge', 'decision', 'export', 'erasure', 'statements', 'sign-out'] : ['sign-out'];
    for (const kind of needed) assert.ok(found.has(kind), `${login} finds no form for ${kind} on any page`);
  }
}

async function administratorReadsNoWords({ people }) {
  const anna = await people.signedIn('anna');
  const comments = await allComments(anna);
  const runs = fingerprints(comments.map(({ text }) => text ?? ''));
  assert.ok(runs.size > 300, `the samples have ${runs.size} recognisable runs of words, expected more than 300`);
  const names = { KEY: comments[0].key, CAMPAIGN: await campaign(anna) };
  const starts = PAGES.flatMap(([, paths]) => paths).map((path) => path.replace(/KEY|CAMPAIGN/g, (word) => names[word]));
  const admin = await people.signedIn('admin');
  const seen = await reachable(admin, [...starts, ...comments.map(({ key }) => `/comments/${key}`)]);
  for (const [path, answer] of seen) assert.equal(foundIn(answer, runs), undefined, `${path} shows an administrator a patient's words`);
  const control = await reachable(anna, starts);
  const shown = [...control.values()].filter((answer) => foundIn(answer, runs)).length;
  assert.ok(shown >= 5, `the same search finds words on ${shown} of drug safety's pages, expected five at least`);
  assert.equal(await admin.open('/'), 403);
  await admin.photograph('21-administrator-refused');
  await admin.open('/more');
  await admin.photograph('22-administrator-more');
}

async function auditorLooks({ people }) {
  const audra = await people.signedIn('audra');
  const { key } = await freshCase(audra, { class: 'serious' });
  await audra.open(`/comments/${key}`);
  const buttons = await audra.page.getByRole('button').allInnerTexts();
  assert.deepEqual(buttons.filter((name) => !/sign out|show|go/i.test(name)), [], "an auditor's case has no button that changes anything");
  await audra.photograph('23-auditor-case');
  await audra.open(`/comments/${key}/evidence`);
  await audra.photograph('24-auditor-evidence');
}

async function ownMattersOnly({ people }) {
  const [wes, quinn] = [await people.signedIn('wes'), await people.signedIn('quinn')];
  const serious = await freshCase(wes, { class: 'serious' });
  for (const person of [wes, quinn]) {
    await person.open(`/comments/${serious.key}`);
    assert.equal(await person.page.getByRole('button', { name: 'Acknowledge' }).count(), 0, `${person.login} cannot stop the reminders about a serious event`);
    const answer = await person.ask('POST', `/api/comments/${serious.key}/acknowledge`, { json: {} });
    assert.equal(answer.status, 403, sentence(answer));
  }
  await wes.photograph('25-webcare-serious-case');
  const distress = await freshCase(wes, { class: 'distress' });
  await wes.open(`/comments/${distress.key}`);
  await wes.press('Acknowledge');
  assert.match(await wes.reads(), /You have it in hand/);
  assert.equal(await wes.page.getByRole('button', { name: 'Record the decision' }).count(), 0, 'webcare does not decide');
  await post(quinn.url, 'Sinds ik Norvexa slik was de verpakking al twee keer open en de tabletten waren verkruimeld.');
  const complaint = await freshCase(quinn, { class: 'quality_complaint' });
  await quinn.open(`/comments/${complaint.key}`);
  await quinn.press('Acknowledge');
  await quinn.page.locator('input[name=decision][value=quality_complaint]').check();
  await quinn.press('Record the decision');
  assert.match(await quinn.reads(), /Your decision is recorded/);
}

export default [
  { title: 'every page is open to the roles that need it and to no others', tell: everyPage },
  { title: 'what changes something is refused to every other role, by form and by JSON', tell: everyAct },
  { title: 'a refusal stands in the journal with its address and without what was typed', tell: refusalsAreNoted },
  { title: 'no role is shown a link or a button that it is then refused', tell: noButtonThatRefuses },
  { title: "an administrator is shown no patient's words on any page that can be reached", tell: administratorReadsNoWords },
  { title: 'an auditor sees a case and its evidence, and no button that changes anything', tell: auditorLooks },
  { title: 'webcare and quality take their own matters in hand and no others', tell: ownMattersOnly },
];
