/** The page of the allow and block lists. */
export class ListsPage {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  /** `list`: allow or block. */
  async open(list) {
    await this.page.getByRole('tab', { name: this.t(`lists.name.${list}`) }).click();
    await this.page.getByRole('button', { name: this.t('common.add'), exact: true }).waitFor();
  }

  /** The tab of a list says how many entries it has. */
  tab(list, number) {
    return this.page.getByRole('tab', { name: this.t('content.tab', { title: this.t(`lists.name.${list}`), number }), exact: true });
  }

  row(entry) {
    return this.page.locator(`[data-entry="${entry}"]`);
  }

  get dialog() {
    return this.page.getByRole('dialog').first();
  }

  async openAdd() {
    await this.page.getByRole('button', { name: this.t('common.add'), exact: true }).click();
    await this.dialog.waitFor();
  }

  async fill(text) {
    await this.dialog.getByRole('textbox').fill(text);
  }

  /** The button that adds, however many entries it says. */
  async confirm() {
    await this.dialog.locator('button[type="submit"]').click();
  }

  async add(...entries) {
    await this.openAdd();
    await this.fill(entries.join('\n'));
    await this.confirm();
    await this.dialog.waitFor({ state: 'detached' });
  }

  /** A file of the user's machine goes into the open form. */
  async upload(name, text) {
    const chooser = this.page.waitForEvent('filechooser');
    await this.dialog.getByRole('button', { name: this.t('lists.import') }).click();
    await (await chooser).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  }

  async edit(entry, text) {
    await this.row(entry).getByRole('button', { name: this.t('object.edit_one', { name: entry }) }).click();
    await this.fill(text);
    await this.confirm();
  }

  async remove(entry) {
    await this.row(entry).getByRole('button', { name: this.t('object.remove_one', { name: entry }) }).click();
    await this.console.dialog(this.t('lists.remove')).getByRole('button', { name: this.t('common.remove'), exact: true }).click();
    await this.row(entry).waitFor({ state: 'detached' });
  }
}
