// A named object, from the page to the packet.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office, pageIsFetched } from './lab.mjs';

for (const language of languages) {
  describe(`an object in ${language}`, () => {
    const rule = `object ${language}`;
    const name = `web ports ${language}`;
    let office;
    let user;
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
    });
    after(async () => office?.close());

    it('is made, named by a rule and enforced', async () => {
      await user.go('policy');
      await user.objects.open('services');
      await user.objects.add(name, 'tcp/81\ntcp/80');
      await user.page.getByRole('tab', { name: user.t('policy.rules') }).first().click();
      await user.policy.addRule({ name: rule, action: 'block', services: [name] });
      await user.policy.save();
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(pageIsFetched(), false);
    });

    it('cannot be deleted while the rule names it', async () => {
      await user.objects.open('services');
      await office.shot(user, 'objects');
      const refusal = await user.objects.askToRemove(name);
      await refusal.getByText(rule).waitFor();
      await office.shot(user, 'object-in-use');
      await refusal.getByRole('button', { name: user.t('common.close') }).last().click();
    });

    it('takes another name and other values into the rule', async () => {
      await user.objects.edit(name, { newName: `${name} now`, values: 'tcp/81' });
      await user.policy.save();
      await user.delivery.deliverAll(`${rule} changed`);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.equal(pageIsFetched(), true);
      assert.deepEqual(user.complaints, []);
    });
  });
}
