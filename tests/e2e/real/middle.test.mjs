// Bundles that somebody between console and gateway has changed: altered, an old one, another gateway's.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched, setMiddle } from './lab.mjs';

const cases = [
  ['alter', 'bad_signature'],
  ['old', 'not_newer'],
  ['other', 'other_gateway'],
];

for (const language of languages) {
  describe(`bundles of a man in the middle, in ${language}`, () => {
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
    });
    after(async () => {
      setMiddle('pass');
      await office?.close();
    });

    for (const [mode, reason] of cases) {
      it(`${mode}: the gateway refuses it, and the page says why`, async () => {
        const rule = `middle ${mode} ${language}`;
        setMiddle(mode);
        await user.go('policy');
        await user.policy.addRule({ name: rule, action: 'block', services: ['tcp/80'] });
        await user.policy.save();
        await user.delivery.deliverAll(rule);
        await user.delivery.waitForGateway(gateway, 'failed');
        await user.page.getByRole('dialog').getByText(user.t(`reason.${reason}`)).waitFor();
        await office.shot(user, `refused-${mode}`);
        assert.equal(pageIsFetched(), true, 'the policy before stays in force');
        await user.delivery.close();
        await user.go('gateways');
        const row = user.page.locator(`tr[data-gateway="${gateway}"]`);
        await row.locator('[data-state="failed"]').waitFor();
        await row.getByText(user.t(`reason.${reason}`)).waitFor();
        await office.shot(user, `refused-${mode}-gateways`);

        await user.go('policy');
        await user.policy.row(rule).waitFor();
        await user.policy.switchRule(rule);
        await user.policy.save();
      });
    }

    it('once the way is clean the same policy is delivered again, and enforced', async () => {
      const rule = `middle gone ${language}`;
      await user.policy.addRule({ name: rule, action: 'block', services: ['tcp/80'] });
      await user.policy.save();
      setMiddle('alter');
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'failed');
      setMiddle('pass');
      await user.page.getByRole('dialog').getByRole('button', { name: user.t('status.again') }).click();
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await office.shot(user, 'delivered-again');
      assert.equal(pageIsFetched(), false);
      await user.delivery.close();
      await user.policy.switchRule(rule);
      await user.policy.save();
      await user.delivery.deliverAll();
      await user.delivery.waitForGateway(gateway, 'succeeded');
      assert.equal(pageIsFetched(), true);
      assert.deepEqual(user.complaints, []);
    });
  });
}
