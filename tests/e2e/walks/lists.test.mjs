import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const savedLists = () => world.fake.state.tenants[0].groups[0].draft.policy.lists;

for (const language of ['ja', 'en']) {
  test(`${language}: entries are added, changed, deleted, and saved with the draft`, async (context) => {
    const user = await world.open(language);
    const { page, lists, policy, t } = user;
    context.after(() => user.close());
    await user.go('lists');
    const factory = savedLists().allow.length;
    await lists.tab('allow', factory).waitFor();
    await lists.row('*.apple.com').waitFor();
    await lists.remove('*.google.com');
    await lists.edit('*.apple.com', 'WWW.Apple.com/Support/');
    await lists.row('www.apple.com/Support/').waitFor();

    await page.getByRole('link', { name: t('ips.profiles'), exact: true }).waitFor();
    await lists.open('block');
    await lists.add('192.0.2.0/24', '*.example.com', '2001:db8::1-2001:db8::9');
    await lists.tab('block', 3).waitFor();
    await lists.openAdd();
    await lists.fill('*.example.com');
    await lists.dialog.getByText(t('lists.known', { number: 1 })).waitFor();
    await lists.confirm();
    await lists.tab('block', 3).waitFor();
    await policy.save();
    assert.deepEqual(savedLists().block, ['192.0.2.0/24', '*.example.com', '2001:db8::1-2001:db8::9']);
    assert.equal(savedLists().allow.length, factory - 1);
    assert.equal(savedLists().allow[0], 'www.apple.com/Support/');
    await page.reload();
    await lists.open('block');
    await lists.row('*.example.com').waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: what is wrong about an entry is told with what is taken instead`, async (context) => {
    const user = await world.open(language);
    const { lists, policy, t } = user;
    context.after(() => user.close());
    await user.go('lists');
    await lists.openAdd();
    await lists.dialog.getByText(t('lists.form.ending')).waitFor();
    await lists.fill('good.example.com\nhttps://bad.example.com/\nlocalhost');
    await lists.confirm();
    await lists.dialog.locator('li[data-line="2"]').getByText(t('lists.mistake.scheme', { entry: 'https://bad.example.com/' })).waitFor();
    await lists.dialog.locator('li[data-line="3"]').getByText(t('lists.mistake.not_qualified', { entry: 'localhost' })).waitFor();
    await lists.dialog.getByRole('button', { name: t('lists.leave_out') }).click();
    await lists.confirm();
    await lists.row('good.example.com').waitFor();
    await lists.edit('good.example.com', 'good.example.com:8080');
    await lists.dialog.getByText(t('lists.mistake.port', { entry: 'good.example.com:8080' })).waitFor();
    await lists.fill('refused-by-the-console.example');
    await lists.confirm();
    await policy.saveButton.click();
    await lists.row('refused-by-the-console.example').getByText('the console knows better').waitFor();
    await lists.open('block');
    await lists.add('good.example.com');
    await lists.open('allow');
    await lists.edit('refused-by-the-console.example', 'good.example.com');
    await lists.row('good.example.com').getByText(t('lists.in_other.allow')).waitFor();
    await policy.save();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: ten thousand lines come from a file, are searched, deleted and taken to a file`, async (context) => {
    const user = await world.open(language);
    const { page, lists, policy, t } = user;
    context.after(() => user.close());
    await user.go('lists');
    await lists.open('block');
    await lists.openAdd();
    const lines = Array.from({ length: 10_000 }, (_, n) => `host-${n}.example.com`);
    await lists.upload('block.txt', `# ours\r\n${lines.join('\r\n')}\r\n*.example.org # and these\r\nhost-1.example.com\r\n`);
    await lists.dialog.getByRole('button', { name: t('lists.add_many', { number: '10,001' }) }).click();
    await lists.dialog.waitFor({ state: 'detached' });
    await lists.tab('block', '10,001').waitFor();
    assert.ok((await page.locator('[data-entry]').count()) < 60, 'only entries in sight are elements');
    await page.getByRole('textbox', { name: t('lists.search') }).fill('HOST-99');
    await lists.row('host-99.example.com').waitFor();
    await page.getByRole('button', { name: t('lists.remove_found', { number: 111 }) }).click();
    await user.dialog(t('lists.remove')).getByRole('button', { name: t('common.remove'), exact: true }).click();
    await lists.tab('block', '9,890').waitFor();
    await page.getByRole('textbox', { name: t('lists.search') }).fill('');
    await lists.row('host-0.example.com').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: t('lists.export') }).click()]);
    assert.equal(download.suggestedFilename(), 'block-list.txt');
    const written = (await readFile(await download.path(), 'utf8')).split('\n');
    assert.deepEqual([written.length, written[0], written.at(-2)], [9891, 'host-0.example.com', '*.example.org']);
    await policy.save();
    assert.equal(savedLists().block.length, 9890);
    assert.deepEqual(user.complaints, []);
  });
}
