// What the stories ask the record: comments that wait, their words, and the journal of who did what. Everything here goes through the
// JSON API in somebody's name, so it is itself allowed, refused and noted like any other reading.

import { setTimeout as sleep } from 'node:timers/promises';

import { plain } from './http.mjs';

/// Comments in one answer, the most that the API gives.
const PAGE = 200;
/// Words in a row that make a comment recognisable: fewer stand in any sentence of a page.
const RUN = 4;
/// Milliseconds between two looks at a list that may still grow, and looks that must agree.
const PAUSE = 500;
const LOOKS = 3;
/// Addresses of one kind that are followed.
const OF_A_KIND = 4;
/// Looks after which a comment that should have been read by now is missed.
const READING_LOOKS = 20;

/// Comments already given to a story, by key: no story meets what another one did.
const used = new Set();

/// Every comment that `person` is shown, in every state.
export async function allComments(person) {
  const found = [];
  let after = '';
  do {
    const page = await person.get(`/api/comments?state=all&limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`);
    found.push(...page.comments);
    after = page.next ?? '';
  } while (after);
  return found;
}

/// An open comment with an alert that no other story has touched; of one class and no other, if one is named. One that was posted a
/// moment ago takes a moment to be read.
export async function freshCase(person, { class: wanted } = {}) {
  const fit = (comment) => comment.state === 'open' && comment.text && !comment.drill && (wanted ? comment.class === wanted && comment.alerts === 1 : comment.alerts > 0);
  for (let look = 0; look < READING_LOOKS; look += 1) {
    const found = (await allComments(person)).find((comment) => fit(comment) && !used.has(comment.key));
    if (found) {
      used.add(found.key);
      return found;
    }
    await sleep(PAUSE);
  }
  throw new Error(`no open comment${wanted ? ` of class ${wanted} alone` : ''} with an alert is left`);
}

/// Waits until the samples are read and the list has stopped growing.
export async function settledComments(person) {
  let same = 0;
  let before = '';
  while (same < LOOKS) {
    const comments = await allComments(person);
    const now = comments.map(({ key, revision, band }) => `${key}@${revision}/${band}`).sort().join();
    same = now === before ? same + 1 : 0;
    before = now;
    await sleep(PAUSE);
  }
}

/// The chain of a comment, as the API gives it.
export async function chain(person, key) {
  return (await person.get(`/api/comments/${key}`)).events;
}

/// Today's journal of reads, sign-ins and refusals, newest first.
export async function journal(auditor) {
  const notes = [];
  let before = '';
  do {
    const page = await auditor.get(`/api/access${before && `?before=${before}`}`);
    notes.push(...page.reads);
    before = page.next ?? '';
  } while (before);
  return notes;
}

/// Runs of words by which these texts are recognised wherever they appear.
export function fingerprints(texts) {
  const runs = new Set();
  for (const text of texts) {
    const words = wordsOf(text);
    for (let at = 0; at + RUN <= words.length; at += 1) runs.add(words.slice(at, at + RUN).join(' '));
  }
  return runs;
}

/// The first run of these words that an answer holds, if it holds one.
export function foundIn(answer, runs) {
  const json = (answer.headers['content-type'] ?? '').startsWith('application/json');
  const words = wordsOf(json ? answer.text.replace(/\\[nt"]/g, ' ') : plain(answer.text));
  for (let at = 0; at + RUN <= words.length; at += 1) {
    const run = words.slice(at, at + RUN).join(' ');
    if (runs.has(run)) return run;
  }
  return undefined;
}

function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/// What a person reaches by following links, with what it answered; a few of each kind of address, since days and periods have no end.
/// Nothing is pressed.
export async function reachable(person, starts) {
  const answers = new Map();
  const kinds = new Map();
  const ahead = [...starts];
  while (ahead.length > 0) {
    const path = ahead.shift();
    if (answers.has(path)) continue;
    const answer = await person.ask('GET', path);
    answers.set(path, answer);
    if (!(answer.headers['content-type'] ?? '').startsWith('text/html')) continue;
    for (const [, link] of answer.text.matchAll(/<a\b[^>]*\bhref="([^"#]*)/g)) {
      const next = link.replace(/&amp;/g, '&');
      if (!next.startsWith('/') || next.startsWith('//') || answers.has(next)) continue;
      const kind = next.replace(/[0-9a-f]{32}|\d+/g, '#').replace(/=[^&]*/g, '=');
      const seen = kinds.get(kind) ?? 0;
      kinds.set(kind, seen + 1);
      if (seen < OF_A_KIND) ahead.push(next);
    }
  }
  return answers;
}
