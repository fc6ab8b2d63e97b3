// Ratings of URLs: hosts alone, which is enough to walk the page. An entry with a space is a mistake.
import { managers, sessionOf } from './access.mjs';
import { Refusal } from './refusal.mjs';

function enter(call) {
  const { user } = sessionOf(call);
  if (!managers.includes(user.role)) throw new Refusal(403, 'forbidden', `a ${user.role} may not do this`);
  call.state.reputation ??= { feeds: [], own: [] };
  return { user, ...call.state.reputation };
}

function hostOf(url) {
  const host = url.replace(/^https?:\/\//, '').replace(/\/.*$/, '').toLowerCase();
  if (host === '' || host.includes('..')) throw new Refusal(400, 'invalid_request', 'the URL has nothing between two dots of its host');
  return host;
}

function shown({ ratings, ...feed }) {
  return { ...feed, num_ratings: ratings.length };
}

function importFeed(call) {
  const { user, feeds } = enter(call);
  const { name, format = 'auto', text, score, category } = call.body;
  if (text.startsWith('{')) throw new Refusal(422, 'invalid_request', 'line 1, column 1: no JSON from here on');
  const lines = text.split('\n').map((line, index) => ({ line, place: `line ${index + 1}` })).filter(({ line }) => line !== '');
  const mistakes = lines.filter(({ line }) => line.includes(' ')).map(({ line, place }) => ({ place, message: `'${line}' has more than one word` }));
  const ratings = lines.filter(({ line }) => !line.includes(' ')).map(({ line }) => hostOf(line));
  const feed = { name, format: format === 'auto' ? 'plain' : format, score, ...(category ? { category } : {}), ratings, mistakes,
    num_refused: mistakes.length, num_left_out: 0, changed_at: Date.now(), changed_by: user.login };
  const before = feeds.findIndex((one) => one.name === name);
  feeds.splice(before < 0 ? feeds.length : before, before < 0 ? 0 : 1, feed);
  return { status: 201, body: shown(feed) };
}

function remove(list, matches, what) {
  const at = list.findIndex(matches);
  if (at < 0) throw new Refusal(404, 'not_found', `there is no such ${what}`);
  list.splice(at, 1);
  return { status: 204 };
}

/** The host itself and those above it, down to two labels. */
function hostsOf(host) {
  const labels = host.split('.');
  return labels.map((_, index) => labels.slice(index)).filter((rest, index) => index === 0 || rest.length >= 2).map((rest) => rest.join('.'));
}

function lookUp(call) {
  const { feeds, own } = enter(call);
  const host = hostOf(call.query.get('url'));
  const url = `http://${host}/`;
  for (const each of hostsOf(host)) {
    const expression = `${each}/`;
    const rating = own.find((one) => one.expression === expression);
    if (rating) return { body: { url, rated: true, ...rating, source: 'own' } };
    const [feed] = feeds.filter(({ ratings }) => ratings.includes(each)).sort((a, b) => a.score - b.score);
    if (feed) return { body: { url, rated: true, expression, score: feed.score, ...(feed.category ? { category: feed.category } : {}), source: 'feed', feed: feed.name } };
  }
  return { body: { url, rated: false } };
}

export const reputationRoutes = [
  ['GET', '/reputation', (call) => {
    const { feeds, own } = enter(call);
    const inFeeds = feeds.reduce((sum, { ratings }) => sum + ratings.length, 0);
    return { body: { feeds: feeds.map(shown), ratings: own, num_own: own.length, num_ratings: inFeeds + own.length } };
  }],
  ['POST', '/reputation/feeds', importFeed],
  ['DELETE', '/reputation/feeds/{feed}', (call) => remove(enter(call).feeds, ({ name }) => name === call.parameters.feed, 'feed')],
  ['PUT', '/reputation/rating', (call) => {
    const { own } = enter(call);
    const { url, score, category } = call.body;
    const rating = { expression: `${hostOf(url)}/`, score, ...(category ? { category } : {}) };
    const before = own.findIndex(({ expression }) => expression === rating.expression);
    own.splice(before < 0 ? own.length : before, before < 0 ? 0 : 1, rating);
    return { body: rating };
  }],
  ['DELETE', '/reputation/rating', (call) => remove(enter(call).own, ({ expression }) => expression === `${hostOf(call.query.get('url'))}/`, 'rating')],
  ['GET', '/reputation/lookup', lookUp],
];
