import { describe, expect, test } from 'vitest';

import { groupNamed, inOrder, makeCatalogue, otherTitleIn, search, titleIn, withOwnCategories, type CatalogueItem } from '../catalogue';
import { countOf, groupState, selectionOf, toggleGroup, toggleItem } from '../content_selection';

const item = (id: number, name: string, title: string, title_ja: string, tags: readonly string[] = []): CatalogueItem => ({ id, name, title, title_ja, group: 'video', tags });
const catalogue = makeCatalogue('applications', [{ name: 'video', title: 'Video streaming', title_ja: '動画配信' }], [
  item(1000, 'youtube', 'YouTube', 'YouTube', ['video']),
  item(1001, 'niconico', 'Niconico', 'ニコニコ動画', ['video', 'live']),
  item(1302, 'youtube_music', 'YouTube Music', 'YouTube Music'),
  item(19, 'music_of_youtube', 'Music of YouTube', 'YouTubeの音楽'),
], 'category:');
const names = (text: string) => search(catalogue, text).items.map(({ name }) => name);

describe('a search', () => {
  const searches: [string, string[]][] = [
    ['NICO', ['niconico']],
    ['ニコニコ', ['niconico']],
    ['にこにこ', ['niconico']],
    ['ﾆｺﾆｺ', ['niconico']],
    ['ＹｏｕＴｕｂｅ music', ['youtube_music', 'music_of_youtube']],
    ['live', ['niconico']],
    ['1001', ['niconico']],
    ['youtube_m', ['youtube_music']],
    ['music', ['music_of_youtube', 'youtube_music']],
    ['nothing of it', []],
  ];
  test.each(searches)('for %s', (text, found) => expect(names(text)).toEqual(found));

  test('finds groups in both languages', () => {
    expect(search(catalogue, '動画').groups).toEqual(catalogue.groups);
    expect(search(catalogue, 'stream').groups).toEqual(catalogue.groups);
  });
});

test('a title is the one of the language, and the other one is told where it differs', () => {
  const [youtube, niconico] = catalogue.items as [CatalogueItem, CatalogueItem];
  expect([titleIn('ja', niconico), titleIn('en', niconico)]).toEqual(['ニコニコ動画', 'Niconico']);
  expect([otherTitleIn('ja', niconico), otherTitleIn('en', niconico), otherTitleIn('ja', youtube)]).toEqual(['Niconico', 'ニコニコ動画', '']);
});

test('titles are in the order of the language', () => {
  expect(inOrder('en', catalogue.items).map(({ name }) => name)).toEqual(['music_of_youtube', 'niconico', 'youtube', 'youtube_music']);
});

describe('the own URL categories of a policy', () => {
  const builtIn = makeCatalogue('url_categories', [{ name: 'gambling', title: 'Gambling', title_ja: 'ギャンブル' }], [
    { id: 110, name: 'betting', title: 'Betting', title_ja: '賭け', group: 'gambling' },
  ], 'group:');
  const own = withOwnCategories(builtIn, [{ name: 'shops', title: '取引先', entries: [] }, { name: 7, entries: [] }]);

  test('are a group of their own before all others, and are found', () => {
    expect(own.groups.map(({ name }) => name)).toEqual(['own', 'gambling']);
    expect(own.itemsOf.get('own')?.map(({ id, name, title }) => [id, name, title])).toEqual([[900, 'shops', '取引先'], [901, '7', '7']]);
    expect(search(own, '取引先').items.map(({ name }) => name)).toEqual(['shops']);
  });

  test('are chosen by their names, as rules cannot name their group', () => {
    const all = toggleGroup(own, selectionOf(own, ['group:gambling']), 'own');
    expect(all).toEqual(['group:gambling', 'shops', '7']);
    expect(groupState(own, selectionOf(own, all), 'own')).toEqual({ state: 'all', chosen: 2, all: 2 });
    expect(countOf(selectionOf(own, all))).toBe(3);
    expect(toggleGroup(own, selectionOf(own, all), 'own')).toEqual(['group:gambling']);
    expect(toggleItem(own, selectionOf(own, all), own.item.get('shops') as CatalogueItem)).toEqual(['group:gambling', '7']);
    expect(groupNamed(own, 'group:own')).toBeUndefined();
  });

  test('leave other catalogues as they are', () => {
    expect(withOwnCategories(builtIn, [])).toBe(builtIn);
    expect(withOwnCategories(catalogue, [{ name: 'shops' }])).toBe(catalogue);
  });
});
