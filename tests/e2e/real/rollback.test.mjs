// A policy with which the gateway cannot reach its console.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched } from './lab.mjs';

const console = '10.91.0.80'; // in the lab

for (const language of languages) {
  describe(`a policy that cuts the gateway off, in ${language}`, () => {
    const rule = `console out of reach ${language}`;
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
    });
    after(async () => office?.close());

    it('is taken back by the gateway itself, and the page says so and why', async () => {
      await user.go('policy');
      await user.policy.addRule({ name: `${rule}, web too`, action: 'block', services: ['tcp/80'] });
      await user.policy.addRule({ name: rule, action: 'block', destination: [console] });
      await user.policy.save();
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'delivering');
      while (pageIsFetched()); // it is in force for a while
      await office.shot(user, 'cut-off');
      await user.delivery.waitForGateway(gateway, 'failed', 60_000);
      await user.page.getByRole('dialog').getByText(user.t('reason.rolled_back')).waitFor();
      await office.shot(user, 'rolled-back');
      assert.equal(pageIsFetched(), true);
      await user.delivery.close();
    });

    it('is told in the list of gateways too, with the version that is in force', async () => {
      await user.go('gateways');
      const row = user.page.locator(`tr[data-gateway="${gateway}"]`);
      await row.locator('[data-state="failed"]').waitFor();
      await row.getByText(user.t('reason.rolled_back')).waitFor();
      await row.getByText(user.t('gateways.online'), { exact: true }).waitFor();
      const [inForce, desired] = (await row.locator('td').nth(3).innerText()).match(/\d+/g).map(Number);
      assert.ok(inForce < desired, `${inForce} in force, ${desired} desired`);
      await office.shot(user, 'rolled-back-gateways');
    });

    it('leaves the way on: the rules are switched off and delivered', async () => {
      await user.go('policy');
      for (const name of [rule, `${rule}, web too`]) {
        await user.policy.row(name).waitFor();
        await user.policy.switchRule(name);
      }
      await user.policy.save();
      await user.delivery.deliverAll(`${rule}: mended`);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.deepEqual(user.complaints, []);
    });
  });
}
