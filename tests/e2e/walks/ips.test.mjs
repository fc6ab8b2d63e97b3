import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useFake } from './against.mjs';

const world = useFake();
const rule = (sid, keyword = 'content') => `alert http any any -> any any (msg:"ours ${sid}"; ${keyword}:"/forbidden"; sid:${sid}; rev:1;)`;
const standard = '【50-1】初期設定のプロファイル';

for (const language of ['ja', 'en']) {
  test(`${language}: rules are uploaded, a wrong one is told with line and column, and nothing wrong is saved`, async (context) => {
    const user = await world.open(language);
    const { page, ips, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await ips.open('own_rules');
    await ips.openNewRules();
    await ips.confirm();
    await ips.form.getByText(t('ips.mistake.empty')).waitFor();

    await ips.upload('binary.rules', Buffer.from([0x82, 0xa0]));
    await ips.form.getByText(t('ips.mistake.not_text')).waitFor();
    const text = `# ours\r\n${rule(1)}\r\n${rule(2, 'contents')}\r\n${rule(3)}\r\n`;
    await ips.upload('ours.rules', text);
    await ips.refused(3).getByText(t('ips.place', { line: 3, column: rule(2, 'contents').indexOf('contents') + 1 })).waitFor();
    await ips.refused(3).getByText("there is no keyword 'contents'").waitFor();
    await ips.refused(3).getByRole('button').click();
    const chosen = await ips.text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
    assert.equal(chosen, rule(2, 'contents'));
    assert.equal(await ips.form.locator('.line-numbers mark').innerText(), '3');
    await ips.confirm();
    await page.waitForTimeout(200);
    assert.equal(await ips.form.isVisible(), true, 'a refused rule keeps the form open');

    await ips.form.getByRole('button', { name: t('ips.leave_out') }).click();
    await ips.form.getByText(t('ips.all_understood', { number: '2' })).waitFor();
    await ips.confirm();
    await ips.rules('ours').waitFor();
    await user.policy.save();
    await user.banner.waitFor();
    await page.reload();
    await ips.open('own_rules');
    await ips.rules('ours').getByText('2', { exact: true }).waitFor();

    const { policy } = world.fake.state.tenants[0].groups[0].draft;
    assert.deepEqual(policy.ips_rules, [`# ours\n${rule(1)}\n# ${rule(2, 'contents')}\n${rule(3)}\n`]);
    await ips.removeRules('ours');
    await user.policy.save();
    assert.deepEqual(world.fake.state.tenants[0].groups[0].draft.policy.ips_rules, []);
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: what a check found goes when the text changes, and the same rules are not added twice`, async (context) => {
    const user = await world.open(language);
    const { page, ips, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await ips.open('own_rules');
    await ips.openNewRules();
    await ips.text.fill(rule(1, 'contents'));
    await ips.form.getByRole('button', { name: t('ips.check'), exact: true }).click();
    await ips.refused(1).waitFor();
    await ips.text.fill(rule(1));
    await ips.refused(1).waitFor({ state: 'detached' });
    await ips.confirm();
    await ips.rules('ours 1').waitFor();
    await ips.openNewRules();
    await ips.text.fill(rule(1));
    await ips.confirm();
    await ips.form.getByText(t('ips.mistake.there_already')).waitFor();
    await ips.form.getByRole('button', { name: t('common.cancel') }).click();
    await page.getByRole('button', { name: t('leave.discard'), exact: true }).click();
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: a profile's mode, severity and exceptions are edited; one that is in use stays`, async (context) => {
    const user = await world.open(language);
    const { page, ips, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await ips.openProfile(standard);
    await ips.form.getByRole('radiogroup', { name: t('ips.mode') }).getByText(t('ips.action.monitor'), { exact: true }).click();
    await ips.form.getByRole('textbox', { name: t('ips.minimum_severity') }).click();
    await page.getByRole('option', { name: t('ips.severity.high') }).click();
    await ips.override('2024792 x', 'off');
    await ips.form.getByText(t('ips.not_a_rule_number', { value: 'x' })).waitFor();
    await ips.override('2024792, 2030001', 'off');
    await ips.override('2030001', 'monitor');
    await ips.form.locator('[data-override="2030001"]').getByText(t('ips.rule_use.monitor')).waitFor();
    await ips.confirm();
    await ips.profile(standard).getByText(t('ips.severity.high')).waitFor();
    await ips.profile(standard).getByRole('button', { name: t('object.remove_one', { name: standard }) }).click();
    await user.dialog(t('ips.remove_profile')).getByText('【50-1】標準の通信').waitFor();
    await user.dialog(t('ips.remove_profile')).getByRole('button', { name: t('common.close') }).last().click();
    await user.policy.save();
    const saved = world.fake.state.tenants[0].groups[0].draft.policy.profiles[0];
    assert.deepEqual(saved.ips, { enabled: true, action: 'monitor', minimum_severity: 'high', excluded_rules: ['2024792'], monitored_rules: ['2030001'] });
    assert.equal(saved.mail.smtp_error_code, 450);
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: web reputation, callbacks and DNS are set in a profile, and nothing else of it changes`, async (context) => {
    const user = await world.open(language);
    const { ips, policy, t } = user;
    context.after(() => user.close());
    const savedProfile = () => world.fake.state.tenants[0].groups[0].draft.policy.profiles[0];
    savedProfile().dns = { of_a_later_version: 7 };
    const before = structuredClone(savedProfile());
    await user.go('ips');
    await ips.openProfile(standard);
    await ips.openSection('web_reputation');
    await ips.choose('web_reputation_sensitivity', 'high');
    await ips.choose('web_reputation_on_failure', 'block');
    await ips.field('web_reputation_wait_ms').fill('2001');
    await ips.openSection('callbacks');
    await ips.choose('callbacks_action', 'reset');
    await ips.switchOf('callbacks_block_detected').click({ force: true });
    await policy.fillTags(ips.field('callbacks_sinkhole'), ['192.0.2.9', '2001:db8::9']);
    await policy.fillTags(ips.field('callbacks_excluded_hosts'), ['*.example.com']);
    await ips.openSection('dns');
    await ips.switchOf('dns_url_filter').click({ force: true });
    await policy.fillTags(ips.field('dns_safe_search'), ['google', 'altavista']);
    await ips.field('dns_safe_search').press('Tab'); // what it suggests would lie over the next field
    await ips.choose('dns_ech', 'strip');
    await ips.confirm();
    await ips.form.getByText(t('profile_section.mistake.not_a_number', { value: 2000 })).waitFor();
    await ips.field('web_reputation_wait_ms').fill('250');
    await ips.confirm();
    await ips.form.getByText(t('profile_section.mistake.wrong_value', { value: 'altavista' })).waitFor();
    await ips.field('dns_safe_search').press('Backspace');
    await ips.field('dns_safe_search').press('Tab');
    await ips.confirm();
    await ips.form.waitFor({ state: 'detached' });
    await policy.save();
    assert.deepEqual(savedProfile(), {
      ...before,
      web_reputation: { ...before.web_reputation, sensitivity: 'high', on_failure: 'block', wait_ms: 250 },
      callbacks: { ...before.callbacks, action: 'reset', block_detected: true, sinkhole: ['192.0.2.9', '2001:db8::9'], excluded_hosts: ['*.example.com'] },
      dns: { of_a_later_version: 7, url_filter: true, safe_search: ['google'], ech: 'strip' },
    });
    await ips.openProfile(standard);
    await ips.openSection('dns');
    assert.equal(await ips.switchOf('dns_url_filter').isChecked(), true);
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: decryption and machine learning are set in a profile, with what is exempt chosen from the catalogues`, async (context) => {
    const user = await world.open(language);
    const { ips, policy, picker, t } = user;
    context.after(() => user.close());
    const savedProfile = () => world.fake.state.tenants[0].groups[0].draft.policy.profiles[0];
    const before = structuredClone(savedProfile());
    await user.go('ips');
    await ips.openProfile(standard);
    await ips.openSection('https_decryption');
    assert.equal(await ips.field('https_decryption_ports').isDisabled(), true, 'nothing of it is in use');
    await ips.switchOf('https_decryption_enabled').click({ force: true });
    await ips.form.getByText(t('certificates.warning_title')).waitFor();
    assert.match(await ips.form.getByRole('link', { name: t('decryption.to_certificates') }).getAttribute('href'), /\/certificates$/);
    assert.equal(await ips.field('https_decryption_smart_bypass_minutes').isDisabled(), true, 'smart bypass is off');
    await ips.switchOf('https_decryption_smart_bypass').click({ force: true });
    await ips.field('https_decryption_smart_bypass_minutes').fill('0');
    await policy.fillTags(ips.field('https_decryption_ports'), ['10443', '993']);
    await policy.fillTags(ips.field('https_decryption_exempt_hosts'), ['*.example.com']);
    await ips.pick('https_decryption_exempt_categories');
    await picker.click(picker.group('leisure'));
    await picker.done();
    assert.equal(await ips.form.getByText(t('decryption.trust_title')).count(), 0);
    await ips.choose('https_decryption_untrusted_origin', 'trust');
    await ips.form.getByRole('alert').getByText(t('decryption.trust_title')).waitFor();
    await ips.choose('https_decryption_on_failure', 'block');
    await ips.openSection('anti_malware');
    await ips.switchOf('anti_malware_machine_learning').click({ force: true });
    await ips.choose('anti_malware_machine_learning_sensitivity', 'high');
    await ips.choose('anti_malware_machine_learning_action', 'monitor');
    await ips.confirm();
    await ips.form.getByText(t('profile_section.mistake.port_of_mail', { value: 993 })).waitFor();
    await ips.form.getByText(t('profile_section.mistake.not_in_range', { value: '1 - 43200' })).waitFor();
    await ips.field('https_decryption_ports').press('Backspace');
    await ips.field('https_decryption_smart_bypass_minutes').fill('60');
    await ips.confirm();
    await ips.form.waitFor({ state: 'detached' });
    await policy.save();
    assert.deepEqual(savedProfile(), {
      ...before,
      anti_malware: { ...before.anti_malware, machine_learning: true, machine_learning_sensitivity: 'high', machine_learning_action: 'monitor' },
      https_decryption: {
        ...before.https_decryption, enabled: true, ports: ['443', '8443', '10443'], exempt_hosts: ['*.example.com'],
        exempt_categories: ['banking', 'finance', 'government', 'health', 'group:leisure'], smart_bypass: true, smart_bypass_minutes: 60, untrusted_origin: 'trust', on_failure: 'block',
      },
    });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: quarantine and captures are set in a profile, beside how its rules are used`, async (context) => {
    const user = await world.open(language);
    const { ips, policy, t } = user;
    context.after(() => user.close());
    const savedProfile = () => world.fake.state.tenants[0].groups[0].draft.policy.profiles[0];
    const before = structuredClone(savedProfile());
    await user.go('ips');
    await ips.openProfile(standard);
    await ips.openSection('ips');
    await ips.field('ips_quarantine_seconds').fill('3600');
    await policy.fillTags(ips.field('ips_quarantine_rules'), ['2019401=600']);
    await ips.field('ips_capture_seconds_after').fill('601');
    await policy.fillTags(ips.field('ips_excluded_traffic'), ['all from 192.0.2.0/24']);
    await ips.choose('ips_on_failure', 'pass');
    await ips.confirm();
    await ips.form.getByText(t('profile_section.mistake.not_a_number', { value: 600 })).waitFor();
    await ips.field('ips_capture_seconds_after').fill('30');
    await ips.confirm();
    await ips.form.waitFor({ state: 'detached' });
    await policy.save();
    assert.deepEqual(savedProfile(), {
      ...before,
      ips: { ...before.ips, quarantine_seconds: 3600, quarantine_rules: ['2019401=600'], capture_seconds_after: 30, excluded_traffic: ['all from 192.0.2.0/24'], on_failure: 'pass' },
    });
    assert.deepEqual(user.complaints, []);
  });

  test(`${language}: the page is used on a telephone`, async (context) => {
    const user = await world.open(language);
    const { page, ips, t } = user;
    context.after(() => user.close());
    await user.go('ips');
    await page.setViewportSize({ width: 390, height: 844 });
    const fits = async (where) => {
      await page.waitForTimeout(400); // the menu and dialogs slide
      const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('[role=dialog]')].map((dialog) => dialog.scrollWidth)));
      assert.ok(width <= 390, `${where} is ${width} wide`);
    };
    await fits('profiles');
    await ips.openProfile(standard);
    await ips.override('1 2 3', 'off');
    await fits('a profile');
    await ips.confirm();
    await ips.open('own_rules');
    await ips.openNewRules();
    await ips.text.fill(`${rule(1)}\n${rule(2, 'contents')}`);
    await ips.form.getByRole('button', { name: t('ips.check'), exact: true }).click();
    await ips.refused(2).scrollIntoViewIfNeeded();
    await fits('rules with a mistake');
    await ips.text.fill(rule(1));
    await ips.confirm();
    await ips.rules('ours 1').waitFor();
    await fits('own rules');
    await user.policy.save();
    assert.deepEqual(user.complaints, []);
  });
}
