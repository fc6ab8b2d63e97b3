// What the lab that runs these tests tells them:
//   SEKISHO_URL, SEKISHO_LOGIN, SEKISHO_PASSWORD   the console's page and an administrator
//   SEKISHO_SECOND                                 another user's log-in, with the same password
//   SEKISHO_FETCH                                  a command that fetches a page through the gateway, with exit code 0
//   SEKISHO_FETCH_BYTES                            one that fetches /bytes/10 of the same server
//   SEKISHO_DOWNLOAD                               one that downloads from port 8080 for some seconds, with exit code 0
//   SEKISHO_RESOLVE                                one that asks for the address of the name behind it, with exit code 0
//   SEKISHO_UNPLUG, SEKISHO_PLUG                   take the console's cable out, and put it in again
//   SEKISHO_CLIENT, SEKISHO_SERVER                 the addresses of who fetches and from where
//   SEKISHO_MIDDLE                                 the folder of who stands between gateway and console, if somebody does
//   SEKISHO_SHOTS                                  a folder for pictures (optional)
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { startBrowser } from '../helpers/browser.mjs';
import { ConsolePage } from '../helpers/console_page.mjs';

const { SEKISHO_URL: baseUrl, SEKISHO_LOGIN, SEKISHO_SECOND, SEKISHO_PASSWORD, SEKISHO_FETCH, SEKISHO_MIDDLE, SEKISHO_SHOTS } = process.env;

export const languages = ['ja', 'en'];
export const gateway = 'gateway 1';
export const [first, second] = [SEKISHO_LOGIN, SEKISHO_SECOND];

function succeeds(command) {
  try {
    execFileSync('sh', ['-c', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export const pageIsFetched = () => succeeds(SEKISHO_FETCH);
export const nameIsResolved = (name) => succeeds(`${process.env.SEKISHO_RESOLVE} ${name}`);
export const bytesAreFetched = () => succeeds(process.env.SEKISHO_FETCH_BYTES);

/** A download that has begun; `done` is its exit code. */
export function startDownload() {
  const child = spawn('sh', ['-c', process.env.SEKISHO_DOWNLOAD], { stdio: 'ignore' });
  return { done: new Promise((resolve) => child.on('exit', resolve)), runs: () => child.exitCode === null };
}

export function unplugConsole() {
  execFileSync('sh', ['-c', process.env.SEKISHO_UNPLUG]);
}

export function plugConsole() {
  execFileSync('sh', ['-c', process.env.SEKISHO_PLUG]);
}

/** What happens to bundles from now on: pass, alter, old, or the name of a bundle that was kept. */
export function setMiddle(mode) {
  writeFileSync(`${SEKISHO_MIDDLE}/mode`, mode);
}

/** A browser of its own for users of one language. */
export class Office {
  static async open(language) {
    return new Office(await startBrowser(), language);
  }

  constructor(browser, language) {
    this.browser = browser;
    this.language = language;
  }

  async logIn(login = first) {
    const user = await ConsolePage.open(this.browser, { baseUrl, language: this.language });
    await user.logIn(login, SEKISHO_PASSWORD);
    return user;
  }

  async shot(user, name) {
    if (!SEKISHO_SHOTS) return;
    mkdirSync(SEKISHO_SHOTS, { recursive: true });
    await user.page.screenshot({ path: `${SEKISHO_SHOTS}/${this.language}-${name}.png` });
  }

  async close() {
    await this.browser?.close();
  }
}
