// Enough of the rule parser for the page to have something to show. The real one is the gateways'.
import { enter, find } from './access.mjs';

const form = /^(alert|drop|reject|pass) .*\((.*)\)\s*$/;
const known = /^(msg|content|http\.uri|flow|sid|rev|pcre|priority)$/;

function parse(line, number) {
  const found = form.exec(line);
  if (!found) return { line: number, column: 1, message: 'this is no rule' };
  const [, action, options] = found;
  const value = (name) => new RegExp(`\\b${name}:\\s*"?([^;"]*)"?;`).exec(options)?.[1] ?? '';
  const signature = Number(value('sid'));
  const wrong = options.split(';').map((option) => option.trim().split(':')[0]).find((keyword) => keyword !== '' && !known.test(keyword));
  if (wrong) return { line: number, column: line.indexOf(wrong) + 1, signature, message: `there is no keyword '${wrong}'` };
  return { rule: { line: number, signature, revision: Number(value('rev')), action, message: value('msg'), class_type: '', priority: 3 }, slow: !options.includes('content') };
}

/** As the console's checkIpsRules answers. */
export function checkRules(text) {
  const lines = text.split('\n').map((line, index) => [line, index + 1]).filter(([line]) => line.trim() !== '');
  const parsed = lines.filter(([line]) => !line.startsWith('#')).map(([line, number]) => parse(line, number));
  const rules = parsed.filter(({ rule }) => rule);
  const refused = parsed.filter(({ rule }) => !rule);
  const warnings = rules.filter(({ slow }) => slow).map(({ rule }) => ({ line: rule.line, column: 1, signature: rule.signature, message: 'it searches without a literal of three bytes' }));
  return {
    num_rules: rules.length, num_disabled: lines.filter(([line]) => /^#\s*(alert|drop|reject|pass) /.test(line)).length, num_not_for_us: 0,
    num_refused: refused.length, num_warnings: warnings.length, rules: rules.map(({ rule }) => rule).slice(0, 1000), refused: refused.slice(0, 1000), warnings,
  };
}

export const ipsRoutes = [
  ['POST', '/tenants/{tenant}/groups/{group}/draft/check-ips-rules', (call) => {
    find(enter(call).tenant.groups, call.parameters.group, 'group');
    return { body: checkRules(call.body.text) };
  }],
];
