import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();

for (const language of ['ja', 'en']) {
  test(`${language}: objects are added, renamed with the rules that use them, and deleted only when unused`, async (context) => {
    const user = await world.open(language);
    const { page, policy, objects, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await objects.open('addresses');
    await objects.add('servers', '10.1.0.1\n10.1.0.2, 10.2.0.0/16');
    await page.getByRole('tab', { name: t('policy.rules') }).first().click();
    await policy.addRule({ name: `${language} to servers`, action: 'block', destination: ['servers'] });
    await objects.open('users');
    await objects.addUser('saburo', { groups: ['board'], addresses: ['servers'] });
    await objects.open('addresses');
    await objects.edit('servers', { newName: 'our servers', values: '10.1.0.1' });
    const refusal = await objects.askToRemove('our servers');
    await refusal.getByText(`${language} to servers`).waitFor();
    await refusal.getByText('saburo').waitFor();
    assert.equal(await refusal.getByRole('button', { name: t('common.remove'), exact: true }).count(), 0);
    await refusal.getByRole('button', { name: t('common.close') }).last().click();
    await policy.save();

    await page.reload();
    await policy.row(`${language} to servers`).getByText('our servers').waitFor();
    await objects.open('users');
    await objects.row('saburo').getByText('our servers').waitFor();
    await objects.open('services');
    await objects.add('unused', 'tcp/8443');
    const question = await objects.askToRemove('unused');
    await question.getByRole('button', { name: t('common.remove'), exact: true }).click();
    await objects.row('unused').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: t('object.add'), exact: true }).click();
    await objects.fill('wrong', 'tcp/99999');
    await page.getByText(t('object.mistake.not_a_service', { value: 'tcp/99999' })).waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: own URL categories are made, titled, and chosen beside the built-in ones`, async (context) => {
    const user = await world.open(language);
    const { page, policy, objects, picker, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await objects.open('url_categories');
    await page.getByRole('button', { name: t('object.add'), exact: true }).click();
    const form = page.getByRole('dialog');
    await form.getByText(t('lists.form.ending')).waitFor();
    await form.getByLabel(t('object.title'), { exact: true }).fill('取引先 Suppliers');
    await objects.fill('suppliers', '*.example.com\n# ours\nhttp://shop.example.net/');
    await form.getByText(`${t('lists.line', { line: 3 })} ${t('lists.mistake.scheme', { entry: 'http://shop.example.net/' })}`).waitFor();
    await objects.fill('gambling', '*.example.com');
    await form.getByText(t('object.mistake.name_is_built_in')).waitFor();
    await objects.fill('suppliers', '*.example.com\n# ours\nShop.example.net/a,b\n192.0.2.0/24\n2001:db8::1');
    await objects.row('suppliers').getByText('取引先 Suppliers').waitFor();

    await page.getByRole('tab', { name: t('policy.rules') }).first().click();
    await policy.openNewRule();
    await policy.fillRule({ name: `${language} suppliers`, action: 'block' });
    await picker.open('url_categories');
    await picker.click(picker.group('own'));
    await picker.tab('url_categories', 1).waitFor();
    await picker.chosen('suppliers').getByText('取引先 Suppliers').waitFor();
    await picker.enter('gambling');
    await picker.click(picker.item('lottery'));
    await picker.tab('url_categories', 2).waitFor();
    await picker.done();
    await policy.confirmRule();
    await policy.row(`${language} suppliers`).getByText('取引先 Suppliers').waitFor();
    await objects.open('url_categories');
    await objects.edit('suppliers', { newName: 'partners', values: 'shop.example.net/a,b\n192.0.2.0/24' });
    await (await objects.askToRemove('partners')).getByText(`${language} suppliers`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: t('common.close') }).last().click();
    await policy.save();
    const saved = world.fake.state.tenants[0].groups[0].draft.policy;
    assert.deepEqual(saved.objects.url_categories, [{ name: 'partners', title: '取引先 Suppliers', entries: ['shop.example.net/a,b', '192.0.2.0/24'] }]);
    assert.deepEqual(saved.rules[0].content, { url_categories: ['partners', 'lottery'] });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: own applications are made, titled, and chosen beside those of the catalogue`, async (context) => {
    const user = await world.open(language);
    const { page, policy, objects, picker, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await objects.open('applications');
    await page.getByRole('button', { name: t('object.add'), exact: true }).click();
    await objects.fillApplication('youtube', { title: '基幹システム' });
    const form = page.getByRole('dialog');
    await form.getByText(t('object.mistake.name_of_the_catalogue')).waitFor();
    await form.getByText(t('object.mistake.nothing_tells')).waitFor();
    await objects.fillApplication('erp', { hosts: 'erp.example.com\n*.erp.example.com', addresses: ['10.1.2.3', '2001:db8::/64'], services: ['tcp/8443'] });
    await objects.row('erp').getByText('基幹システム').waitFor();
    await objects.row('erp').getByText('10.1.2.3 2001:db8::/64 tcp/8443').waitFor();

    await page.getByRole('tab', { name: t('policy.rules') }).first().click();
    await policy.openNewRule();
    await policy.fillRule({ name: `${language} erp`, action: 'block' });
    await picker.open('applications');
    await picker.enter('custom');
    await picker.click(picker.item('erp'));
    await picker.tab('applications', 1).waitFor();
    await picker.chosen('erp').getByText('基幹システム').waitFor();
    await picker.done();
    await policy.confirmRule();
    await policy.row(`${language} erp`).getByText('基幹システム').waitFor();
    await objects.open('applications');
    await objects.row('erp').getByRole('button', { name: t('object.edit_one', { name: 'erp' }) }).click();
    await objects.fillApplication('ledger', {});
    await (await objects.askToRemove('ledger')).getByText(`${language} erp`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: t('common.close') }).last().click();
    await policy.save();
    const saved = world.fake.state.tenants[0].groups[0].draft.policy;
    assert.deepEqual(saved.objects.applications, [{
      name: 'ledger', title: '基幹システム', hosts: ['erp.example.com', '*.erp.example.com'],
      servers: [{ addresses: ['10.1.2.3', '2001:db8::/64'], services: ['tcp/8443'] }],
    }]);
    assert.deepEqual(saved.rules[0].content, { applications: ['ledger'] });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: users are made, put into groups, and chosen as a rule's source`, async (context) => {
    const user = await world.open(language);
    const { page, policy, objects, t } = user;
    context.after(() => user.close());
    await user.go('policy');
    await objects.open('users');
    await page.getByRole('button', { name: t('object.add'), exact: true }).click();
    await objects.fillUser('taro', { addresses: ['192.0.2.777'] });
    await page.getByText(t('object.mistake.not_an_address', { value: '192.0.2.777' })).waitFor();
    await page.getByRole('dialog').getByLabel(t('user_object.addresses'), { exact: true }).press('Backspace');
    await objects.fillUser('taro', { groups: ['sales', 'board'], addresses: ['192.0.2.7', '2001:db8::7'], macs: ['02:00:00:00:00:01'] });
    await objects.row('taro').getByText('sales, board').waitFor();
    await objects.addUser('hanako', { groups: ['sales'] });

    await page.getByRole('tab', { name: t('policy.rules') }).first().click();
    await policy.openNewRule();
    await policy.fillRule({ name: `${language} sales`, action: 'block' });
    const source = page.getByRole('dialog').getByRole('group', { name: t('rule.source') });
    await source.getByText(t('endpoint.some'), { exact: true }).click();
    const field = source.getByLabel(t('endpoint.users'));
    for (const name of ['sales', 'taro']) {
      await field.click();
      await page.getByRole('option', { name, exact: true }).click();
    }
    await policy.confirmRule();
    await policy.save();
    const saved = world.fake.state.tenants[0].groups[0].draft.policy;
    assert.deepEqual(saved.users, [
      { name: 'taro', groups: ['sales', 'board'], addresses: ['192.0.2.7', '2001:db8::7'], macs: ['02:00:00:00:00:01'] },
      { name: 'hanako', groups: ['sales'] },
    ]);
    assert.deepEqual(saved.rules[0].source, { users: ['sales', 'taro'] });
    await page.reload();
    await objects.open('users');
    await (await objects.askToRemove('taro')).getByText(`${language} sales`).waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: an object that another administrator takes into a rule is not deleted under it`, async (context) => {
    const [one, two] = [await world.open(language), await world.open(language, 'second@example.com')];
    context.after(() => Promise.all([one.close(), two.close()]));
    await one.go('policy');
    await one.objects.open('addresses');
    await one.objects.add('shared', '10.3.0.1');
    await one.policy.save();
    await two.go('policy');
    await two.objects.open('addresses');
    await two.objects.row('shared').waitFor();
    await one.page.getByRole('tab', { name: one.t('policy.rules') }).first().click();
    await one.policy.addRule({ name: `${language} uses it`, action: 'block', source: ['shared'] });
    await one.policy.save();
    await (await two.objects.askToRemove('shared')).getByRole('button', { name: two.t('common.remove'), exact: true }).click();
    await two.policy.saveButton.click();
    const conflict = two.dialog(two.t('conflict.title'));
    await conflict.getByRole('button', { name: two.t('conflict.review') }).click();
    await conflict.getByText(two.t('conflict.finding.object_is_used', { name: 'shared' })).waitFor();
  });

  test(`${language}: an administrator gives a tenant to a provider, takes it away, and sees who logged in`, async (context) => {
    const user = await world.open(language, 'admin@example.com');
    const { page, t } = user;
    context.after(() => user.close());
    await user.go('administration');
    await page.getByRole('button', { name: t('users.assign') }).click();
    const dialog = user.dialog(t('users.assign'));
    await dialog.getByRole('textbox', { name: t('users.provider') }).click();
    await page.getByRole('option', { name: 'provider@example.com' }).click();
    await dialog.getByRole('button', { name: t('common.ok') }).click();
    const row = page.getByRole('row').filter({ hasText: 'provider@example.com' });
    await row.getByRole('button', { name: t('users.unassign') }).click();
    await user.dialog(t('users.unassign')).getByRole('button', { name: t('users.unassign') }).click();
    await row.waitFor({ state: 'detached' });
    await user.go('audit');
    await page.getByText(t('audit_action.unassignProvider')).first().waitFor();
    await page.getByText(t('audit.of_console')).click();
    await page.getByText('logged in from 192.0.2.7').waitFor();
    assert.deepEqual(user.complaints, []);
  });
}
