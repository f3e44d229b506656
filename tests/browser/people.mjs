// People in front of a browser: each has a browser profile of their own, signs in through the provider's form, and is also able to speak to
// the console without the browser, with the cookies that the browser holds.

import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { chromium } from 'playwright-core';

import { ACCOUNTS, PASSWORD } from './accounts.mjs';
import { ask } from './http.mjs';

/// Milliseconds that a page or an element may take before the story fails.
const PATIENCE = 20_000;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DESKTOP = { viewport: { width: 1280, height: 900 } };
/// A phone as wide as the narrowest that is sold today in numbers.
export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/// Starts headless Chromium with an empty profile.
export function startBrowser(executablePath) {
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/// Everybody who sits before the console in a run, and the folder for their screenshots.
export class People {
  constructor({ browser, url, issuer, folder }) {
    Object.assign(this, { browser, url, issuer, folder, all: [] });
    /// Secrets that browsers have sent, for the story that looks for them in the log.
    this.passedBy = { query: new Set(), cookies: new Set() };
  }

  /// A browser of its own for `login`, not signed in yet.
  async arrive(login, screen = DESKTOP) {
    const context = await this.browser.newContext({ ...screen, locale: 'en-GB', timezoneId: 'Europe/Amsterdam' });
    context.setDefaultTimeout(PATIENCE);
    context.on('request', (request) => this.remember(request.url()));
    const person = new Person({ people: this, login, context, page: await context.newPage() });
    this.all.push(person);
    return person;
  }

  /// A browser of its own for `login`, signed in and before the queue.
  async signedIn(login, screen = DESKTOP) {
    const person = await this.arrive(login, screen);
    await person.signIn('/');
    return person;
  }

  remember(address) {
    const query = new URL(address).searchParams;
    for (const name of ['code', 'state', 'nonce']) {
      if (query.has(name)) this.passedBy.query.add(query.get(name));
    }
  }

  /// Fails if the browser had to keep a page from doing what the page's own policy forbids: a form that leads nowhere looks like a broken
  /// button to a person, and says so only here.
  refuseComplaints() {
    const complaints = this.all.flatMap((person) => person.complaints);
    assert.deepEqual(complaints, [], 'the browser held a page back');
  }

  /// Closes every browser profile that a story has opened.
  async leave() {
    await Promise.all(this.all.splice(0).map((person) => person.context.close()));
  }

  /// Pictures of what everybody has before their eyes, for whoever has to find out why a story failed.
  async photographAll(name) {
    for (const [index, person] of this.all.entries()) {
      await person.photograph(`${name}-${index + 1}-${person.login}`).catch(() => undefined);
    }
  }
}

class Person {
  constructor({ people, login, context, page }) {
    Object.assign(this, { people, login, context, page, url: people.url });
    /// As the record has it: the name, and what tells two people of that name apart.
    this.name = `${ACCOUNTS[login].name} (${ACCOUNTS[login].email})`;
    this.complaints = [];
    page.on('console', (message) => {
      if (/Content Security Policy|violates/.test(message.text())) this.complaints.push(message.text().slice(0, 300));
    });
  }

  /// Asks for `path` and goes through the provider's form if it comes; ends where the console leads.
  async signIn(path = '/') {
    await this.page.goto(this.url + path);
    if (this.atProvider()) await this.fillIn();
    await this.settle();
  }

  /// Fills in the provider's form, as `login` or as somebody else who sits at the same machine.
  async fillIn(login = this.login, password = PASSWORD) {
    await this.page.getByLabel('Name').fill(login);
    await this.page.getByLabel('Password').fill(password);
    await this.press('Sign in');
  }

  atProvider() {
    return new URL(this.page.url()).origin === this.people.issuer;
  }

  /// Waits until the browser is before a page of the console, and that page is not on its way to another.
  async settle() {
    const until = Date.now() + PATIENCE;
    for (;;) {
      // A navigation may take the page away while it is asked; then it is asked again.
      const shown = await this.page.evaluate(standing).catch(() => undefined);
      const there = shown?.origin === this.url && shown.href === this.page.url();
      if (there && shown.complete && !shown.moving) return;
      if (Date.now() > until) throw new Error(`after ${PATIENCE / 1000} s the browser is still at ${this.page.url().split('?')[0]}, not at a page of the console`);
      await sleep(50);
    }
  }

  /// Signs out with the button in the head of the page, and at the provider, which asks whether that is meant.
  async signOut() {
    await this.press('Sign out', this.page.locator('header.site'));
    await this.leaveProvider();
  }

  /// From the page that says good-bye on to the provider, which asks, and back.
  async leaveProvider() {
    await this.page.waitForURL((at) => at.origin === this.people.issuer);
    await this.press('Sign out');
    await this.settle();
  }

  /// Where in the console the browser is.
  where() {
    const at = new URL(this.page.url());
    return at.pathname + at.search;
  }

  /// Opens a page of the console; gives the status it was answered with.
  async open(path) {
    return (await this.page.goto(this.url + path)).status();
  }

  /// What the page says, as a person reads it.
  async reads() {
    return (await this.page.locator('main').innerText()).replace(/\s+/g, ' ');
  }

  /// Presses a button, every one of which sends a form, and waits for the page that it leads to.
  async press(name, within = this.page) {
    const main = this.page.mainFrame();
    const left = this.page.waitForEvent('framenavigated', { predicate: (frame) => frame === main });
    await Promise.all([left, within.getByRole('button', { name, exact: true }).first().click()]);
    await this.page.waitForLoadState('load');
  }

  /// The `Cookie` header that the browser would send to the console.
  async cookie() {
    const cookies = await this.context.cookies(this.url);
    for (const { value } of cookies) this.people.passedBy.cookies.add(value);
    return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  /// Speaks to the console without the browser, with its cookies.
  async ask(method, path, options = {}) {
    return ask(this.url, method, path, { cookie: await this.cookie(), ...options });
  }

  /// What the API says about `path`; anything but 200 fails the story.
  async get(path) {
    const answer = await this.ask('GET', path);
    assert.equal(answer.status, 200, `GET ${path} as ${this.login} answered ${answer.status}, expected 200`);
    return answer.json;
  }

  async photograph(name, options = { fullPage: true }) {
    await this.page.screenshot({ path: join(this.people.folder, `${name}.png`), ...options });
  }
}

/// Runs in the page: which one it is, whether it is all there, and whether it leads on by itself.
function standing() {
  const moving = document.querySelector('meta[http-equiv="refresh" i]') !== null;
  return { origin: location.origin, href: location.href, complete: document.readyState === 'complete', moving };
}
