// The allow and block lists, from the page to the gateway.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gateway, languages, Office } from './lab.mjs';

// Every form that the page says an entry may have; none of them is on the way of this lab's packets.
const forms = [
  'www.example.com', '*.example.com', 'www.example.*', 'www.example.com/news/', 'www.example.com/news*', 'example.com/a,b?c=d', '203.0.113.1', '2001:db8:f::1',
  '203.0.113.4-203.0.113.9', '2001:db8:f::4-2001:db8:f::9', '203.0.113.128/25', '2001:db8:ff::/48',
];

for (const language of languages) {
  describe(`the lists in ${language}`, () => {
    let office;
    let user;
    const deliver = async (comment) => {
      await user.policy.save();
      await user.delivery.deliverAll(comment);
      await user.delivery.waitForGateway(gateway, 'succeeded');
      await user.delivery.close();
    };
    before(async () => {
      office = await Office.open(language);
      user = await office.logIn();
      await user.go('lists');
    });
    after(async () => office?.close());

    it('begin with the hosts that updates come from', async () => {
      await user.lists.row('*.windowsupdate.com').waitFor();
      await office.shot(user, 'lists');
    });

    it('take every form that the page tells, and the gateway does', async () => {
      await user.lists.open('block');
      await user.lists.add(...forms);
      await deliver(`lists ${language}`);
      await user.page.reload();
      await user.lists.open('block');
      await user.lists.tab('block', forms.length).waitFor();
      for (const entry of forms) await user.lists.row(entry).waitFor();
      await office.shot(user, 'block-list');
    });

    it('are emptied again', async () => {
      for (const entry of forms) await user.lists.remove(entry);
      await deliver(`lists ${language} empty`);
      assert.deepEqual(user.complaints, []);
    });
  });
}
