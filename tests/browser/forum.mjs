// The patients' forum of the sample protocol: posts a comment to its door, signed as Standard Webhooks has it, for stories that need words
// which the samples do not hold.

import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { ask } from './http.mjs';

const SECRETS = new URL('../../events/development-secrets.json', import.meta.url);

/// Posts one new comment; the program has it when this returns.
export async function post(url, text) {
  const [secret] = JSON.parse(readFileSync(SECRETS, 'utf8')).forum.secrets;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const now = new Date();
  const comment = { comment_id: `c-${randomBytes(8).toString('hex')}`, post_id: 't-310', author: { id: 'u-901', name: 'Merel' }, text, created_at: now.toISOString() };
  const json = { type: 'comment.created', timestamp: now.toISOString(), data: comment };
  const [id, seconds] = [`msg_${randomBytes(8).toString('hex')}`, String(Math.floor(now / 1000))];
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${JSON.stringify(json)}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` };
  const answer = await ask(url, 'POST', '/webhooks/forum', { json, headers });
  if (answer.status !== 200) throw new Error(`the forum's door answered ${answer.status}, expected 200`);
}
