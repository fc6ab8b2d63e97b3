import { describe, expect, test } from 'vitest';

import { functionNamed, makeCatalogue, type CatalogueItem } from '../catalogue';
import { addItems, chosenFunctions, countOf, groupState, selectionOf, toggleFunction, toggleGroup, toggleItem } from '../content_selection';

const item = (name: string, group: string, parent?: string): CatalogueItem =>
  ({ id: name.length, name, title: name, title_ja: name, group, ...(parent === undefined ? {} : { parent }) });
const titled = (name: string) => ({ name, title: name, title_ja: name });
const items = [item('meta', 'sns'), item('facebook', 'sns', 'meta'), item('messenger', 'chat', 'facebook'), item('mixi', 'sns'), item('line', 'chat'), item('gambling', 'games')];
const catalogue = makeCatalogue('url_categories', ['sns', 'chat', 'games', 'gambling'].map(titled), items, 'group:');
const chosen = (names: readonly string[]) => [...selectionOf(catalogue, names).items.keys()].sort();
const click = (names: readonly string[], name: string) => {
  const selection = selectionOf(catalogue, names);
  const clicked = catalogue.item.get(name);
  return clicked ? toggleItem(catalogue, selection, clicked) : toggleGroup(catalogue, selection, name);
};

describe('names choose', () => {
  test('an item, and no other of its group', () => expect(chosen(['mixi'])).toEqual(['mixi']));
  test('a whole group', () => expect(chosen(['group:chat'])).toEqual(['line', 'messenger']));
  test('an item with its parts, and their parts, in whatever groups', () => expect(chosen(['meta'])).toEqual(['facebook', 'messenger', 'meta']));
  test('the item where a group is called so too', () => expect([chosen(['gambling']), chosen(['group:gambling']), chosen(['group:games'])]).toEqual([['gambling'], [], ['gambling']]));
  test('what the catalogue does not have, which is kept and counted', () => {
    const selection = selectionOf(catalogue, ['ours', 'line', 'group:ours']);
    expect([selection.unknown, countOf(selection)]).toEqual([['ours', 'group:ours'], 3]);
  });
});

describe('a click', () => {
  test('on an item adds and removes it alone', () => {
    expect(click([], 'mixi')).toEqual(['mixi']);
    expect(click(['mixi', 'line'], 'mixi')).toEqual(['line']);
  });
  test('on a group names it instead of its items', () => {
    expect(click(['mixi', 'line', 'ours'], 'sns')).toEqual(['line', 'ours', 'group:sns']);
    expect(click(['line', 'group:sns'], 'sns')).toEqual(['line']);
  });
  test('on a group that is chosen item by item takes all of it out', () => expect(click(['line', 'messenger'], 'chat')).toEqual([]));
  test('on an item of a chosen group leaves the others', () => {
    expect(chosen(click(['group:sns'], 'mixi'))).toEqual(['facebook', 'messenger', 'meta']);
    expect(chosen(click(['group:chat'], 'line'))).toEqual(['messenger']);
  });
  test('on a part of what a chosen group has takes what it is part of out too, or it would stay', () => expect(chosen(click(['group:sns'], 'facebook'))).toEqual(['mixi']));
  test('on a part of an item that is named changes nothing', () => expect(click(['meta'], 'messenger')).toEqual(['meta']));
});

test('a group tells how much of it is chosen', () => {
  const state = (names: string[]) => groupState(catalogue, selectionOf(catalogue, names), 'sns');
  expect(state([])).toEqual({ state: 'none', chosen: 0, all: 3 });
  expect(state(['mixi'])).toEqual({ state: 'some', chosen: 1, all: 3 });
  expect(state(['meta', 'mixi'])).toEqual({ state: 'all', chosen: 3, all: 3 });
});

test('what is chosen already is not added again', () => expect(addItems(selectionOf(catalogue, ['meta', 'group:chat']), items)).toEqual(['meta', 'group:chat', 'mixi', 'gambling']));

describe('functions', () => {
  const tube: CatalogueItem = { ...item('tube', 'video'), functions: ['view', 'upload', 'chat'] };
  const radio: CatalogueItem = { ...item('radio', 'video', 'tube'), functions: ['view'] };
  const used = makeCatalogue('applications', [titled('video')], [tube, radio], 'category:', ['view', 'upload', 'chat'].map(titled));
  const selected = (names: readonly string[]) => selectionOf(used, names);
  const toggle = (names: readonly string[], one: string) => toggleFunction(used, selected(names), tube, one);

  test('are chosen one by one, and none of their siblings with them', () => {
    expect(toggle([], 'upload')).toEqual(['tube/upload']);
    expect(chosenFunctions(selected(['tube/upload']), tube)).toEqual(['upload']);
    expect(toggle(['tube/upload', 'tube/chat'], 'upload')).toEqual(['tube/chat']);
    expect(groupState(used, selected(['tube/upload']), 'video')).toEqual({ state: 'some', chosen: 0, all: 2 });
  });
  test('count as one each, and not beside what they are of', () => {
    expect(countOf(selected(['tube/upload', 'tube/chat']))).toBe(2);
    expect(countOf(selected(['tube/upload', 'tube']))).toBe(2); // with the radio, which is part of it
    expect(countOf(selected(['tube/upload', 'category:video']))).toBe(2);
    expect(countOf(selected(['category:video/upload']))).toBe(1);
  });
  test('are all of them chosen with the item, and one can be left out', () => {
    expect(chosenFunctions(selected(['tube']), tube)).toEqual(['view', 'upload', 'chat']);
    expect(toggle(['tube'], 'upload')).toEqual(['tube/view', 'tube/chat']);
    expect(toggle(['category:video'], 'view')).toEqual(['radio', 'tube/upload', 'tube/chat']);
  });
  test('give way to the item, and to its group', () => {
    expect(toggleItem(used, selected(['tube/upload', 'radio/view']), tube)).toEqual(['radio/view', 'tube']);
    expect(toggleGroup(used, selected(['tube/upload', 'radio/view']), 'video')).toEqual(['category:video']);
    expect(addItems(selected(['tube/upload']), [tube])).toEqual(['tube']);
  });
  test('of an item that is chosen as part of another stay', () => expect(toggleFunction(used, selected(['tube']), radio, 'view')).toEqual(['tube']));
  test('that nobody knows are kept as unknown names', () => {
    expect(selected(['tube/fly', 'radar/view', 'tube/view/x']).unknown).toEqual(['tube/fly', 'radar/view', 'tube/view/x']);
    expect(functionNamed(used, 'category:video/upload')).toEqual({ of: titled('video'), function: titled('upload') });
  });
});
