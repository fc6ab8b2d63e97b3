// A URL category of the administrator's own and what a profile says of DNS, from the page to the packet.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bytesAreFetched, gateway, languages, nameIsResolved, Office, pageIsFetched } from './lab.mjs';

const standard = '【50-1】初期設定のプロファイル';

for (const language of languages) {
  describe(`an own URL category in ${language}`, () => {
    const rule = `suppliers ${language}`;
    const name = `suppliers of ${language}`;
    let office;
    let user;
    const deliver = async (comment) => {
      await user.policy.save();
      await user.delivery.deliverAll(comment);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
    };
    /** Whether names of sites that rules block are refused. */
    const filterNames = async (on) => {
      await user.go('ips');
      await user.ips.openProfile(standard);
      await user.ips.openSection('dns');
      const filter = user.ips.switchOf('dns_url_filter');
      assert.equal(await filter.isChecked(), !on);
      await filter.click({ force: true });
      await user.ips.confirm();
      await user.ips.form.waitFor({ state: 'detached' });
      await deliver(`${rule} names ${on}`);
    };
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
      await user.go('policy');
    });
    after(async () => office?.close());

    it('blocks its paths once it is delivered, and nothing beside them', async () => {
      await user.objects.open('url_categories');
      await user.objects.add(name, `${process.env.SEKISHO_SERVER}/bytes/\n*.wild.example`);
      await user.page.getByRole('tab', { name: user.t('policy.rules') }).first().click();
      await user.policy.openNewRule();
      await user.policy.fillRule({ name: rule, action: 'block' });
      await user.picker.open('url_categories');
      await user.picker.click(user.picker.group('own'));
      await user.picker.chosen(name).waitFor();
      await office.shot(user, 'own-category');
      await user.picker.done();
      await user.policy.confirmRule();
      await user.policy.save();
      assert.equal(bytesAreFetched(), true);
      await user.delivery.deliverAll(rule);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
      assert.deepEqual([bytesAreFetched(), pageIsFetched()], [false, true]);
    });

    it('has its names refused while the profile says so', async () => {
      assert.deepEqual([nameIsResolved('www.wild.example'), nameIsResolved('server.lab.example')], [true, true]);
      await filterNames(true);
      assert.deepEqual([nameIsResolved('www.wild.example'), nameIsResolved('server.lab.example')], [false, true]);
      await filterNames(false);
      assert.equal(nameIsResolved('www.wild.example'), true);
    });

    it('is switched off with its rule', async () => {
      await user.go('policy');
      await user.policy.switchRule(rule);
      await deliver(`${rule} off`);
      assert.equal(bytesAreFetched(), true);
      assert.deepEqual(user.complaints, []);
    });
  });
}
