// What a run has left in the program's log, after all other stories: none of the secrets that passed by, and no patient's words.

import { strict as assert } from 'node:assert';

import { allComments, fingerprints, foundIn } from '../cases.mjs';

async function log({ people, program, provider }) {
  const anna = await people.signedIn('anna');
  const text = program.log();
  assert.ok(text.split('\n').length > 500, 'the log of the program was kept');
  const secrets = { 'the client secret': [provider.client.client_secret], 'a code, a state or a nonce': people.passedBy.query, 'a cookie': people.passedBy.cookies };
  for (const [what, values] of Object.entries(secrets)) {
    const list = [...values].filter((value) => value.length >= 16);
    assert.ok(list.length > 0, `${what} passed by in this run`);
    const found = list.filter((value) => text.includes(value));
    assert.equal(found.length, 0, `${what} stands in the log`);
  }
  const runs = fingerprints((await allComments(anna)).map((comment) => comment.text ?? ''));
  assert.equal(foundIn({ headers: {}, text }, runs), undefined, "a patient's words stand in the log");
  assert.doesNotMatch(text, /panicked|pharma\.example/);
}

export default [{ title: "no secret of a sign-in and no patient's words stand in the log", tell: log }];
