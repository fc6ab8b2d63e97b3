import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n';
const file = (name, text) => ({ name, mimeType: 'application/x-pem-file', buffer: Buffer.from(text) });

for (const language of ['ja', 'en']) {
  test(`${language}: the certificate is exported, made anew and imported, and the clients' steps are there`, async (context) => {
    const user = await world.open(language);
    const { page, t } = user;
    context.after(() => user.close());
    await user.go('certificates');
    const tokyo = page.locator('section[data-gateway="東京-01"]');
    const fingerprint = await tokyo.locator('code').innerText();
    assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await tokyo.getByText('O=Sekisho, CN=Sekisho').first().waitFor();
    assert.match(await tokyo.getByRole('row', { name: t('certificates.expires') }).innerText(), /2051.*GMT/s);
    await page.locator('section[data-gateway="大阪-01"]').getByText('authority.pem is damaged').waitFor();
    assert.equal(await page.locator('section[data-gateway="大阪-01"]').getByRole('link').count(), 0);
    assert.equal(await page.locator('section[data-gateway="札幌-01"]').count(), 0);
    assert.ok(await page.locator('section[data-gateway="福岡-01"]').getByRole('button', { name: t('certificates.regenerate') }).isDisabled());

    const downloading = page.waitForEvent('download');
    await tokyo.getByRole('link', { name: t('certificates.export') }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'Sekisho.crt');
    assert.equal(readFileSync(await download.path(), 'utf8'), certificate);

    const exported = async (form, name) => {
      await tokyo.getByRole('button', { name: t('certificates.other_forms') }).click();
      const made = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: t(`certificates.${form}`) }).click();
      assert.equal((await made).suggestedFilename(), name);
      return readFileSync(await (await made).path());
    };
    assert.deepEqual([...await exported('as_der', 'Sekisho.cer')], [0x30, 0x82, 0x01]);
    const profile = (await exported('as_profile', 'Sekisho.mobileconfig')).toString('utf8');
    assert.ok(profile.includes('<data>MIIB</data>') && profile.includes('O=Sekisho, CN=Sekisho'), profile);

    await tokyo.getByRole('button', { name: t('certificates.regenerate') }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(t('certificates.loss')).waitFor();
    await dialog.getByLabel(t('certificates.common_name')).fill('Gate');
    await dialog.getByRole('button', { name: t('certificates.regenerate') }).click();
    await dialog.getByText(t('certificates.done')).waitFor();
    await dialog.getByRole('button', { name: t('common.close') }).last().click();
    await tokyo.getByText('O=Sekisho, CN=Gate').first().waitFor();
    assert.notEqual(await tokyo.locator('code').innerText(), fingerprint);

    await tokyo.getByRole('button', { name: t('certificates.import') }).click();
    await dialog.getByRole('button', { name: t('certificates.import'), exact: true }).click();
    await dialog.getByText(t('certificates.missing_files')).waitFor();
    const files = dialog.locator('input[type=file]');
    await files.nth(0).setInputFiles(file('company.crt', 'another'));
    await files.nth(1).setInputFiles(file('company.key', key));
    await dialog.getByRole('button', { name: t('certificates.import'), exact: true }).click();
    await dialog.getByText("private key: it is not the certificate's").waitFor();
    await files.nth(0).setInputFiles(file('company.crt', certificate));
    await dialog.getByRole('button', { name: t('certificates.import'), exact: true }).click();
    await dialog.getByText(t('certificates.done')).waitFor();
    await dialog.getByRole('button', { name: t('common.close') }).last().click();
    await tokyo.getByText('CN=Example Works').waitFor();
    await tokyo.getByRole('row', { name: t('certificates.origin') }).getByText(t('certificates.origin_imported')).waitFor();

    await page.getByText(t('certificates.restart')).waitFor();
    for (const system of ['windows', 'macos', 'ios', 'android', 'firefox', 'thunderbird', 'chrome']) {
      await page.getByRole('tab', { name: t(`certificates.system.${system}`), exact: true }).click();
      await page.getByText(t(`certificates.step.${system}_1`)).waitFor();
      const picture = page.getByRole('tabpanel').getByRole('img');
      await picture.waitFor();
      const outside = await picture.evaluate((svg) => [...svg.querySelectorAll('text')].filter((text) => {
        const { x, width } = text.getBBox();
        return x < 0 || x + width > svg.viewBox.baseVal.width;
      }).map((text) => text.textContent));
      assert.deepEqual(outside, [], `texts of ${system}'s picture fit it`);
    }
    assert.deepEqual(user.complaints, []);
  });
}
