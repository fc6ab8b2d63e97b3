// The walk of an administrator against a real console and a real gateway. The lab that runs it says where they are:
//   SEKISHO_URL, SEKISHO_LOGIN, SEKISHO_PASSWORD   the console's page and a log-in
//   SEKISHO_FETCH                                  a command that fetches a page through the gateway, with exit code 0
//   SEKISHO_SHOTS                                  a folder for pictures (optional)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { startBrowser } from '../helpers/browser.mjs';
import { ConsolePage } from '../helpers/console_page.mjs';

const { SEKISHO_URL: baseUrl, SEKISHO_LOGIN: login, SEKISHO_PASSWORD: password, SEKISHO_FETCH: fetchCommand, SEKISHO_SHOTS: shots } = process.env;

function pageIsFetched() {
  try {
    execFileSync('sh', ['-c', fetchCommand], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

for (const language of ['ja', 'en']) {
  describe(`the walk in ${language}`, () => {
    const rule = `web closed ${language}`;
    let browser;
    let user;
    const shot = async (name) => {
      if (shots) await user.page.screenshot({ path: `${shots}/${language}-${name}.png` });
    };
    before(async () => {
      browser = await startBrowser();
      user = await ConsolePage.open(browser, { baseUrl, language });
      await user.logIn(login, password);
    });
    after(async () => browser?.close());

    it('shows the gateway online with its interfaces', async () => {
      await shot('dashboard');
      await user.go('gateways');
      await user.page.getByText('gateway 1').first().waitFor();
      await shot('gateways');
    });

    it('saves a block rule, which has no effect until it is delivered', async () => {
      await user.go('policy');
      await user.policy.addRule({ name: rule, action: 'block', services: ['tcp/80'] });
      await user.policy.save();
      await user.banner.waitFor();
      await shot('policy');
      assert.equal(pageIsFetched(), true);
    });

    it('delivers it, and the page is refused', async () => {
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway('gateway 1', 'succeeded');
      await shot('delivered');
      await user.delivery.close();
      await user.banner.waitFor({ state: 'detached' });
      assert.equal(pageIsFetched(), false);
    });

    it('names the rule in the log', async () => {
      await user.go('log');
      await user.page.getByRole('row').filter({ hasText: rule }).first().waitFor();
      await shot('log');
    });

    it('lets the page pass again when the rule is switched off and that is delivered', async () => {
      await user.go('policy');
      await user.policy.row(rule).waitFor();
      await user.policy.switchRule(rule);
      await user.policy.save();
      await user.delivery.deliverAll();
      await user.delivery.waitForGateway('gateway 1', 'succeeded');
      await user.delivery.close();
      assert.equal(pageIsFetched(), true);
      await user.go('versions');
      await shot('versions');
      assert.deepEqual(user.complaints, []);
    });
  });
}
