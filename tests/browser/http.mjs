// Plain HTTP to the console, for what a browser would not send: hand-made forms, stolen cookies, foreign origins, the JSON API. One
// request, one answer, no redirects followed, and no cookie that the caller did not name.

import { request } from 'node:http';

/// Milliseconds that one answer may take; a debug build beside other work needs some.
const ANSWER_LIMIT = 30_000;

/// Asks `path` of the console at `url`. `cookie` is a `Cookie` header; `form` and `json` are bodies.
export function ask(url, method, path, { cookie, form, json, headers = {} } = {}) {
  const { port } = new URL(url);
  const body = form ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
  const sent = { host: `localhost:${port}`, ...headers };
  if (cookie) sent.cookie = cookie;
  if (form) sent['content-type'] ??= 'application/x-www-form-urlencoded';
  if (json !== undefined) sent['content-type'] ??= 'application/json';
  if (body !== undefined) sent['content-length'] = Buffer.byteLength(body);
  return new Promise((done, failed) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers: sent, timeout: ANSWER_LIMIT }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text, get json() { return JSON.parse(text); } }));
      answer.on('error', failed);
    });
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} was not answered within ${ANSWER_LIMIT / 1000} s`)));
    asked.on('error', failed);
    asked.end(body);
  });
}

/// The sentence that an answer gives to a person: what a page says in its `main`, or what JSON holds in `error`.
export function sentence(answer) {
  if ((answer.headers['content-type'] ?? '').startsWith('application/json')) return answer.json.error ?? '';
  return plain(answer.text.match(/<main[^>]*>(.*)<\/main>/s)?.[1] ?? answer.text);
}

/// What a person reads of a piece of HTML: no tags, entities as characters, runs of spaces as one.
export function plain(html) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
  return html
    .replace(/<(style|script)\b.*?<\/\1>/gs, ' ')
    .replace(/<\/?(mark|bdi|span|b|i|em|strong|a)\b[^>]*>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => named[name])
    .replace(/\s+/g, ' ')
    .trim();
}
