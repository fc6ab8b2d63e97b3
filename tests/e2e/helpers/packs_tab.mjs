/** The tab of rule packs on the page of intrusion prevention. */
export class PacksTab {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  async open() {
    await this.page.getByRole('tab', { name: this.t('packs.title') }).click();
    await this.page.getByRole('button', { name: this.t('packs.add') }).waitFor();
  }

  get form() {
    return this.page.getByRole('dialog').first();
  }

  async openNew() {
    await this.page.getByRole('button', { name: this.t('packs.add') }).click();
    await this.form.waitFor();
  }

  /** Files of the user's machine go into the open form. */
  async choose(files) {
    const chooser = this.page.waitForEvent('filechooser');
    await this.form.getByRole('button', { name: this.t('packs.choose_files') }).click();
    await (await chooser).setFiles(files.map(({ name, text }) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
  }

  async publish() {
    await this.form.getByRole('button', { name: this.t('packs.publish'), exact: true }).click();
  }

  row(name) {
    return this.page.locator(`tr[data-pack="${name}"]`);
  }

  /** Waits until the gateway's packs are in that state. */
  async gateway(name, state) {
    await this.page.locator(`tr[data-gateway="${name}"] [data-state="${state}"]`).waitFor();
  }

  async inForce(gateway, name, version, rules, refused) {
    const words = this.t('packs.pack_in_force', { name, version: String(version), rules: String(rules), refused: String(refused) });
    await this.page.locator(`tr[data-gateway="${gateway}"]`).getByText(words).waitFor();
  }

  async remove(name) {
    await this.row(name).getByRole('button', { name: this.t('object.remove_one', { name }) }).click();
    await this.console.dialog(this.t('packs.remove')).getByRole('button', { name: this.t('common.remove'), exact: true }).click();
    await this.row(name).waitFor({ state: 'detached' });
  }
}
