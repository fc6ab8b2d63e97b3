// Pictures of every page in both languages, for a look: SHOTS is the folder, SEKISHO_WEB_OUT the built page.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { startFake } from './fake/server.mjs';
import { startBrowser } from './helpers/browser.mjs';
import { ConsolePage } from './helpers/console_page.mjs';

const folder = process.env.SHOTS ?? 'screenshots';
const password = 'correct horse battery';
mkdirSync(folder, { recursive: true });
const browser = await startBrowser();

async function walk(language) {
  const fake = await startFake({ page: process.env.SEKISHO_WEB_OUT, password });
  const user = await ConsolePage.open(browser, { baseUrl: fake.url, language });
  const { page, t } = user;
  let number = 0;
  const shot = async (name) => {
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(folder, `${language}-${String(++number).padStart(2, '0')}-${name}.png`) });
  };
  await page.getByRole('textbox', { name: t('log_in.login') }).fill('admin@example.com');
  await page.getByLabel(t('log_in.password'), { exact: true }).fill('wrong');
  await page.getByRole('button', { name: t('log_in.button') }).click();
  await page.getByRole('alert').waitFor();
  await shot('log-in');
  await user.logIn('admin@example.com', password);
  await user.go('policy');
  await page.locator('tr[data-rule]').first().waitFor();
  await user.policy.openNewRule();
  await user.policy.fillRule({ name: '【社内】動画サイトの遮断', action: 'block', source: ['社内LAN', '192.168.0.300'], destination: ['198.51.100.0/24'], services: ['tcp/443', 'udp/443'] });
  await user.policy.confirmRule();
  await shot('rule-form');
  await page.getByRole('dialog').getByLabel(t('endpoint.addresses')).first().press('Backspace');
  await user.policy.confirmRule();
  await user.policy.switchRule('【50-1】ファイアウォール（個別許可設定）');
  await shot('policy-edited');
  await page.locator('tr[data-rule]').nth(1).getByRole('button', { name: t('common.actions_of', { name: '【50-1】アプリケーションコントロール' }) }).click();
  await shot('rule-menu');
  await page.keyboard.press('Escape');
  await user.policy.save();
  const dialog = await user.delivery.open();
  await dialog.getByLabel(t('deliver.comment')).fill('FAIL');
  await shot('deliver');
  await page.keyboard.press('Escape');
  await user.delivery.deliverAll('動画サイトの遮断を追加 FAIL');
  await shot('status-begin');
  await user.delivery.waitForGateway('大阪-01', 'failed');
  await shot('status-end');
  await user.delivery.close();
  for (const name of ['dashboard', 'gateways', 'versions', 'log', 'audit']) {
    await user.go(name);
    await page.locator('table.grid tbody tr').first().waitFor();
    await shot(name);
  }
  await user.go('log');
  await page.locator('table.grid tbody tr button').first().click();
  await shot('event');
  await page.keyboard.press('Escape');
  await user.go('versions');
  await page.getByRole('button', { name: t('versions.differences') }).first().click();
  await shot('differences');
  await page.keyboard.press('Escape');
  await user.go('gateways');
  await page.getByRole('button', { name: '東京-01' }).click();
  await shot('gateway');
  await page.getByRole('tab', { name: t('gateway.diagnostics') }).click();
  await page.getByRole('dialog').getByText(t('diagnostics.explain'), { exact: true }).click();
  await page.getByLabel(t('diagnostics.field.source')).fill('192.168.1.20');
  await page.getByLabel(t('diagnostics.field.destination')).fill('198.51.100.7');
  await page.getByRole('button', { name: t('diagnostics.run') }).click();
  await page.getByRole('region', { name: t('diagnostics.answer') }).waitFor();
  await shot('diagnostics');
  await page.getByRole('tab', { name: t('gateway.manage') }).click();
  await shot('gateway-manage');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: t('gateways.add') }).click();
  await page.getByRole('dialog').getByLabel(t('gateways.name'), { exact: true }).fill('名古屋-01');
  await page.getByRole('dialog').getByRole('button', { name: t('common.add') }).click();
  await page.getByTestId('activation-code').waitFor();
  await shot('activation');
  await page.getByRole('dialog').getByRole('button', { name: t('common.close') }).last().click();
  await user.go('administration');
  await page.locator('table.grid tbody tr').first().waitFor();
  await shot('users');
  await page.getByRole('tab', { name: t('groups.title') }).click();
  await shot('groups');
  await page.getByRole('tab', { name: t('tenant.title') }).click();
  await shot('tenant');
  await page.getByRole('button', { name: t('header.color_scheme') }).click();
  await user.go('policy');
  await shot('policy-dark');
  await fake.close();
  await page.getByText(t('offline.title')).waitFor({ timeout: 30_000 });
  await shot('offline');
  if (user.complaints.length > 0) console.log(language, user.complaints);
  await user.close();
}

for (const language of ['ja', 'en']) await walk(language);
await browser.close();
