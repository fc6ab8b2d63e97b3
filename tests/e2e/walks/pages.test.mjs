import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConsolePage } from '../helpers/console_page.mjs';
import { useFake } from './against.mjs';

const world = useFake();

/** Waits until there are rows and each fits: the rows before are shown until the answer is there. */
async function assertRows(rows, fits) {
  const limit = Date.now() + 15_000;
  for (;;) {
    const texts = await rows.allInnerTexts();
    if (texts.length > 0 && texts.every(fits)) return;
    assert.ok(Date.now() < limit, texts.find((text) => !fits(text)) ?? 'no rows');
    await rows.page().waitForTimeout(50);
  }
}

for (const language of ['ja', 'en']) {
  test(`${language}: the log is filtered, paged, and leads to the rule`, async (context) => {
    const user = await world.open(language);
    const { page, t } = user;
    context.after(() => user.close());
    await user.go('log');
    const rows = page.locator('table.grid tbody tr');
    await rows.nth(99).waitFor();
    await page.getByRole('button', { name: t('common.more') }).click();
    await rows.nth(199).waitFor();

    await page.getByRole('search').getByLabel(t('log.source')).fill('192.168.1.20');
    await page.getByRole('search').getByLabel(t('log.destination_port')).fill('80');
    await page.getByRole('button', { name: t('log.apply') }).click();
    await page.waitForURL('**source=192.168.1.20**');
    await assertRows(rows, (text) => text.includes('192.168.1.20:') && text.includes(':80'));
    await page.reload();
    await assertRows(rows, (text) => text.includes('192.168.1.20:'));
    await page.getByRole('button', { name: t('log.clear') }).click();

    await page.getByRole('search').getByRole('textbox', { name: t('log.action') }).click();
    await page.getByRole('option', { name: t('action.block') }).click();
    await page.getByRole('button', { name: t('log.apply') }).click();
    await page.waitForURL('**action=block**');
    await assertRows(rows, (text) => text.includes(t('action.block')));
    await rows.first().getByRole('button').click();
    await page.getByRole('dialog').getByText('"event_type": "policy"').waitFor();
    await page.getByRole('dialog').getByRole('link', { name: t('log.to_rule') }).click();
    await page.locator('tr.chosen').filter({ hasText: '【50-1】URLフィルタリング' }).waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a provider adds, asks, moves, revokes and deletes a gateway`, async (context) => {
    const user = await world.open(language, 'admin@example.com');
    const { page, t } = user;
    context.after(() => user.close());
    await user.go('gateways');
    const name = `${language} box`;
    await page.getByRole('button', { name: t('gateways.add') }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: t('gateways.name'), exact: true }).fill(name);
    await page.getByRole('dialog').getByRole('button', { name: t('common.add') }).click();
    const code = await page.getByTestId('activation-code').innerText();
    await page.getByRole('dialog').getByText(`sekisho enrol --console console.example:8443 ${code}`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: t('common.close') }).last().click();

    await page.getByRole('button', { name: '東京-01' }).click();
    await page.getByRole('tab', { name: t('gateway.diagnostics') }).click();
    await page.getByRole('dialog').getByText(t('diagnostics.explain'), { exact: true }).click();
    await page.getByLabel(t('diagnostics.field.source')).fill('192.168.1.20');
    await page.getByLabel(t('diagnostics.field.destination')).fill('198.51.100.7');
    await page.getByRole('button', { name: t('diagnostics.run') }).click();
    await page.getByRole('region', { name: t('diagnostics.answer') }).getByText('does_not_match').waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('tab', { name: t('gateway.manage') }).click();
    await page.getByRole('button', { name: t('manage.remove') }).click();
    await page.getByRole('dialog', { name: t('manage.remove') }).getByRole('button', { name: t('manage.remove') }).click();
    await page.getByRole('button', { name, exact: true }).waitFor({ state: 'detached' });
    await user.go('audit');
    await page.getByText(t('audit_action.createGateway')).first().waitFor();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a customer is offered only what he may do`, async (context) => {
    const user = await world.open(language);
    const { page, t } = user;
    context.after(() => user.close());
    assert.equal(await page.getByRole('navigation').getByRole('link', { name: t('nav.administration') }).count(), 0);
    await user.go('gateways');
    await page.getByRole('button', { name: '東京-01' }).click();
    await page.getByRole('tab', { name: t('gateway.diagnostics') }).click();
    assert.equal(await page.getByRole('tab', { name: t('gateway.manage') }).count(), 0);
    assert.equal(await page.getByRole('dialog').getByText(t('diagnostics.capture'), { exact: true }).count(), 0);
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('button', { name: t('gateways.add') }).count(), 0);
  });

  test(`${language}: users and groups are made and removed`, async (context) => {
    const user = await world.open(language, 'admin@example.com');
    const { page, t } = user;
    context.after(() => user.close());
    await user.go('administration');
    const login = `${language}@example.org`;
    await page.getByRole('button', { name: t('users.add') }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: t('users.login') }).fill(login);
    await page.getByRole('dialog').getByLabel(t('password.new'), { exact: true }).fill('short');
    await page.getByRole('dialog').getByRole('button', { name: t('common.add') }).click();
    await page.getByText(t('password.too_short')).waitFor();
    await page.getByRole('dialog').getByLabel(t('password.new'), { exact: true }).fill('long enough for this');
    await page.getByRole('dialog').getByRole('button', { name: t('common.add') }).click();
    const row = page.getByRole('row').filter({ hasText: login });
    await row.getByRole('button', { name: t('common.remove') }).click();
    await page.getByRole('dialog').getByRole('button', { name: t('common.remove') }).click();
    await row.waitFor({ state: 'detached' });

    await page.getByRole('tab', { name: t('groups.title') }).click();
    await page.getByRole('button', { name: t('groups.add') }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: t('groups.name') }).fill(`${language} group`);
    await page.getByRole('dialog').getByRole('button', { name: t('common.save') }).click();
    await page.getByRole('row').filter({ hasText: `${language} group` }).waitFor();
  });
}

test('on a telephone the header, the banner and the diagnostics fit', async (context) => {
  const user = await world.open('en', 'admin@example.com');
  const { page, t } = user;
  context.after(() => user.close());
  await user.go('policy');
  await page.locator('tr[data-rule]').first().waitFor();
  await user.policy.switchRule(await page.locator('tr[data-rule]').first().getAttribute('data-rule'));
  await user.policy.save();
  await page.setViewportSize({ width: 390, height: 844 });
  const fits = async (part) => {
    const { x, width } = await part.boundingBox();
    assert.ok(x >= 0 && x + width <= 390, `${x} + ${width}`);
  };
  const button = user.banner.getByRole('button', { name: t('deliver.button') });
  assert.ok(await button.evaluate((shown) => [...shown.querySelectorAll('span')].every((part) => part.scrollWidth <= part.clientWidth + 1)), 'it can be read');
  await fits(button);
  await fits(page.getByRole('button', { name: t('header.user_menu', { login: 'admin@example.com' }) }));
  await page.getByRole('button', { name: t('nav.menu'), exact: true }).click();
  await user.go('gateways');
  await page.getByRole('button', { name: '東京-01' }).click();
  await page.getByRole('tab', { name: t('gateway.diagnostics') }).click();
  await page.getByRole('button', { name: t('diagnostics.run') }).click();
  await fits(page.getByRole('region', { name: t('diagnostics.answer') }).locator('td').last());
});

test('log-in tells what is wrong, and the language is remembered', async (context) => {
  const user = await ConsolePage.open(world.browser, { baseUrl: world.fake.url, language: 'en' });
  const { page, t } = user;
  context.after(() => user.close());
  const attempt = async () => {
    await page.getByRole('textbox', { name: t('log_in.login') }).fill('nobody@example.com');
    await page.getByLabel(t('log_in.password'), { exact: true }).fill('wrong');
    const answered = page.waitForResponse('**/api/v1/session');
    await page.getByRole('button', { name: t('log_in.button') }).click();
    await answered;
  };
  await attempt();
  await page.getByText(t('problem.wrong_credentials')).waitFor();
  for (let n = 0; n < 5; ++n) await attempt();
  await page.getByText(t('problem.too_many_attempts')).waitFor();
  await page.getByText('日本語').click();
  await page.getByRole('button', { name: 'ログイン' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'ログイン' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ja');
});

test('names are data, never HTML', async (context) => {
  const user = await world.open('en');
  const { page, policy } = user;
  context.after(() => user.close());
  await user.go('policy');
  const name = `<img src=x onerror="document.title='owned'">`;
  await policy.openNewRule();
  await policy.fillRule({ name, action: 'block' });
  await policy.confirmRule();
  await page.getByRole('button', { name, exact: true }).waitFor();
  assert.equal(await page.locator('table img').count(), 0);
});

test('a session that ended elsewhere leads to the log-in, and from there back', async (context) => {
  const user = await world.open('en');
  const { page, t } = user;
  context.after(() => user.close());
  await user.go('gateways');
  world.fake.state.sessions.clear();
  await page.getByRole('textbox', { name: t('log_in.login') }).waitFor();
  await page.getByRole('textbox', { name: t('log_in.login') }).fill('customer@example.com');
  await page.getByLabel(t('log_in.password'), { exact: true }).fill(world.password);
  await page.getByRole('button', { name: t('log_in.button') }).click();
  await user.heading(t('nav.gateways')).waitFor();
});

test('a user changes his own password, and is told when the old one is wrong', async (context) => {
  const user = await world.open('en');
  const { page, t } = user;
  context.after(() => user.close());
  await page.getByRole('button', { name: t('header.user_menu', { login: 'customer@example.com' }) }).click();
  await page.getByRole('menuitem', { name: t('header.change_password') }).click();
  const dialog = user.dialog(t('password.title'));
  await dialog.getByLabel(t('password.old'), { exact: true }).fill('not this one');
  await dialog.getByLabel(t('password.new'), { exact: true }).fill('a new long password');
  await dialog.getByLabel(t('password.again'), { exact: true }).fill('a new long passwort');
  await dialog.getByRole('button', { name: t('common.save') }).click();
  await dialog.getByText(t('password.differ')).waitFor();
  await dialog.getByLabel(t('password.again'), { exact: true }).fill('a new long password');
  await dialog.getByRole('button', { name: t('common.save') }).click();
  await dialog.getByText(t('password.wrong_old')).waitFor();
  await dialog.getByLabel(t('password.old'), { exact: true }).fill(world.password);
  await dialog.getByRole('button', { name: t('common.save') }).click();
  await page.getByText(t('password.changed')).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: t('header.user_menu', { login: 'customer@example.com' }) }).click();
  await page.getByRole('menuitem', { name: t('header.log_out') }).click();
  await page.getByRole('button', { name: t('log_in.button') }).waitFor();
  await user.logIn('customer@example.com', 'a new long password');
});

test('the page tells when the console does not answer, and goes on by itself when it does', async (context) => {
  const user = await world.open('en');
  const { page, t } = user;
  context.after(() => user.close());
  await page.route('**/api/**', (route) => route.abort());
  await user.go('gateways');
  await page.getByText(t('offline.text')).waitFor();
  await page.unroute('**/api/**');
  await page.getByRole('button', { name: '東京-01' }).waitFor();
  await page.getByText(t('offline.text')).waitFor({ state: 'detached' });
});
