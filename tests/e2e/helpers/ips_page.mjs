/** The page of intrusion prevention: profiles, and the administrator's own rules. */
export class IpsPage {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  /** `tab`: profiles or own_rules. */
  async open(tab) {
    await this.page.getByRole('tab', { name: this.t(`ips.${tab}`) }).click();
    await this.page.getByRole('button', { name: this.t(tab === 'profiles' ? 'ips.add_profile' : 'ips.add_rules') }).waitFor();
  }

  get form() {
    return this.page.getByRole('dialog').first();
  }

  async confirm() {
    await this.form.getByRole('button', { name: this.t('common.ok'), exact: true }).click();
  }

  profile(name) {
    return this.page.locator(`tr[data-profile="${name}"]`);
  }

  async openProfile(name) {
    await this.profile(name).getByRole('button', { name: this.t('object.edit_one', { name }) }).click();
    await this.form.waitFor();
  }

  /** In the open form of a profile. `section`: ips, https_decryption and others of the policy. */
  async openSection(section) {
    await this.form.getByRole('tab', { name: this.t(`profile_section.title.${section}`), exact: true }).click();
  }

  /** `setting`: "dns_ech"; one of several choices. */
  async choose(setting, choice) {
    const { form, t } = this;
    await form.getByRole('radiogroup', { name: t(`profile_setting.${setting}`), exact: true }).getByText(t(`profile_choice.${setting}_${choice}`), { exact: true }).click();
  }

  /** Opens the catalogue that a setting's names are chosen from. */
  async pick(setting) {
    await this.form.getByRole('button', { name: this.t('content.choose_kind', { kind: this.t(`profile_setting.${setting}`) }), exact: true }).click();
    await this.console.dialog(this.t('content.choose_title')).waitFor();
  }

  field(setting) {
    return this.form.getByLabel(this.t(`profile_setting.${setting}`), { exact: true });
  }

  /** The switch of a setting; what it says besides is about the setting. */
  switchOf(setting) {
    return this.form.getByRole('switch', { name: this.t(`profile_setting.${setting}`) });
  }

  /** `use`: off or monitor. */
  async override(rules, use) {
    const { form, t } = this;
    await form.getByLabel(t('ips.rule_numbers')).fill(rules);
    await form.getByRole('radiogroup', { name: t('ips.use') }).getByText(t(`ips.rule_use.${use}`), { exact: true }).click();
    await form.getByRole('button', { name: t('common.add'), exact: true }).click();
  }

  rules(title) {
    return this.page.locator(`tr[data-rules="${title}"]`);
  }

  async openNewRules() {
    await this.page.getByRole('button', { name: this.t('ips.add_rules') }).click();
    await this.form.waitFor();
  }

  get text() {
    return this.form.getByLabel(this.t('ips.rules_text'), { exact: true });
  }

  /** A file of the user's machine goes into the open form. */
  async upload(name, text) {
    const buffer = typeof text === 'string' ? Buffer.from(text) : text;
    const chooser = this.page.waitForEvent('filechooser');
    await this.form.getByRole('button', { name: this.t('ips.upload') }).click();
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer });
  }

  /** What is told of the refused rule in a line. */
  refused(line) {
    return this.form.locator(`[data-kind="refused"] li[data-line="${line}"]`);
  }

  async removeRules(title) {
    await this.rules(title).getByRole('button', { name: this.t('object.remove_one', { name: title }) }).click();
    await this.console.dialog(this.t('ips.remove_rules')).getByRole('button', { name: this.t('common.remove'), exact: true }).click();
    await this.rules(title).waitFor({ state: 'detached' });
  }
}
