/** The choice of applications and URL categories in the form of a rule. `kind`: applications or url_categories. */
export class ContentPicker {
  constructor(console) {
    this.console = console;
    this.page = console.page;
    this.t = console.t;
  }

  get dialog() {
    return this.console.dialog(this.t('content.choose_title'));
  }

  /** From the open form of a rule. */
  async open(kind) {
    const form = this.page.getByRole('dialog').first().getByRole('group', { name: this.t('rule.content') });
    await form.getByText(this.t('content.some'), { exact: true }).click();
    await form.getByRole('button', { name: this.t('content.choose_kind', { kind: this.t(`content.${kind}`) }) }).click();
    await this.dialog.waitFor();
    await this.dialog.locator('[data-row]').first().waitFor();
  }

  async search(kind, text) {
    await this.dialog.getByRole('textbox', { name: this.t(`content.search.${kind}`) }).fill(text);
    await this.dialog.locator(`[data-searched="${text}"]`).waitFor();
  }

  /** Only rows in sight are elements of the page: scrolls the list from its top until `row` is one. */
  async reveal(row) {
    const list = this.dialog.locator('.window-list').first();
    for (let top = 0; (await row.count()) === 0; top += 250) {
      const more = await list.evaluate((element, to) => {
        element.scrollTop = to;
        return to < element.scrollHeight;
      }, top);
      if (!more) throw new Error('the list does not have the row');
      await this.page.waitForTimeout(40);
    }
    return row;
  }

  async click(row) {
    await (await this.reveal(row)).getByRole('checkbox').click();
  }

  /** The row of a group, an item, or a name that is chosen. */
  group(name) {
    return this.dialog.locator(`[data-group="${name}"]`);
  }

  item(name) {
    return this.dialog.locator(`[data-item="${name}"]`);
  }

  /** The row of one of an item's functions: "youtube/upload". */
  functionRow(name) {
    return this.dialog.locator(`[data-function="${name}"]`);
  }

  /** From the item's row to its functions, and back to `title`. */
  async enterItem(name) {
    await (await this.reveal(this.item(name))).getByRole('button').click();
    await this.dialog.locator('[data-function]').first().waitFor();
  }

  async leaveItem(title) {
    await this.dialog.getByRole('button', { name: title }).click();
    await this.dialog.locator('[data-item]').first().waitFor();
  }

  chosen(name) {
    return this.dialog.locator(`[data-chosen="${name}"]`);
  }

  async enter(group) {
    await (await this.reveal(this.group(group))).getByRole('button').click();
    await this.dialog.locator('[data-item]').first().waitFor();
  }

  async leave(kind) {
    await this.dialog.getByRole('button', { name: this.t(`content.all_groups.${kind}`) }).click();
    await this.dialog.locator('[data-group]').first().waitFor();
  }

  /** What the tab of a kind says: its title with the number of items that are chosen. */
  tab(kind, number) {
    return this.dialog.getByRole('tab', { name: this.t('content.tab', { title: this.t(`content.${kind}`), number }), exact: true });
  }

  async done() {
    await this.dialog.getByRole('button', { name: this.t('content.done'), exact: true }).click();
    await this.dialog.waitFor({ state: 'detached' });
  }
}
