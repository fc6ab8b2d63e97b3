import { readFileSync } from 'node:fs';

const read = (language) => JSON.parse(readFileSync(new URL(`../../../controlplane/console/web/src/i18n/${language}.json`, import.meta.url), 'utf8'));
const texts = { ja: read('ja'), en: read('en') };

/** The page's own words, so that one walk is walked in every language. */
export function translator(language) {
  return (key, values = {}) => {
    const text = key.split('.').reduce((node, part) => node?.[part], texts[language]);
    if (typeof text !== 'string') throw new Error(`no text ${key} in ${language}`);
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));
  };
}
