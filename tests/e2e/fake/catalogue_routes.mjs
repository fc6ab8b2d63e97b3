// The catalogues as the console has them, read from where its program has them from.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

import { sessionOf } from './access.mjs';

const rules = fileURLToPath(new URL('../../../rules/', import.meta.url));

export function applications() {
  const folder = `${rules}applications/catalogue/`;
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort().map((name) => parse(readFileSync(folder + name, 'utf8')));
  const source = readFileSync(`${rules}applications/include/rules/applications/functions.h`, 'utf8');
  const functions = [...source.matchAll(/\{\d+, "(\w+)", "([^"]*)", "([^"]*)"\}/g)].map(([, name, title, title_ja]) => ({ name, title, title_ja }));
  const namesOf = (own) => (own ? { functions: functions.map(({ name }) => name).filter((name) => name in own) } : {});
  const shown = ({ id, name, title, title_ja = title, parent, risk, region, tags = [], functions: own }, category) =>
    ({ id, name, title, title_ja, category, ...(parent ? { parent } : {}), risk, japanese: region === 'jp', tags, ...namesOf(own) });
  return {
    functions,
    categories: files.map(({ category, title, title_ja }) => ({ name: category, title, title_ja })),
    applications: files.flatMap((file) => file.applications.map((application) => shown(application, file.category))),
  };
}

function urlCategories() {
  const source = readFileSync(`${rules}urls/src/categories.cc`, 'utf8');
  const text = '"([^"]*)"';
  const rows = (pattern) => [...source.matchAll(new RegExp(`\\{${pattern}\\}`, 'g'))].map((match) => match.slice(1));
  return {
    groups: rows(`${text},\\s*${text},\\s*${text}`).map(([name, title, title_ja]) => ({ name, title, title_ja })),
    categories: rows(`(\\d+),\\s*${text},\\s*${text},\\s*${text},\\s*${text}`)
      .map(([id, name, group, title, title_ja]) => ({ id: Number(id), name, group, title, title_ja })),
  };
}

function route(path, read) {
  let body;
  return ['GET', path, (call) => {
    sessionOf(call);
    body ??= read();
    const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 32)}"`;
    return { body, headers: { ETag: etag, 'Cache-Control': 'private, no-cache' } };
  }];
}

export const catalogueRoutes = [route('/catalogue/applications', applications), route('/catalogue/url-categories', urlCategories)];
