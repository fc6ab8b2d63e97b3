import { checkRules } from './ips_routes.mjs';

// Enough of a policy's differences and mistakes for the page to have something to show. The real ones are the console's.

const nameOf = (rule) => String(rule.name);

function ruleLines(before, after) {
  const lines = [];
  const old = new Map(before.map((rule) => [nameOf(rule), rule]));
  const now = new Map(after.map((rule) => [nameOf(rule), rule]));
  for (const name of old.keys()) if (!now.has(name)) lines.push(`rule '${name}' removed`);
  for (const [name, rule] of now) {
    const was = old.get(name);
    if (!was) {
      lines.push(`rule '${name}' added`);
      continue;
    }
    for (const key of new Set([...Object.keys(was), ...Object.keys(rule)])) {
      const [from, to] = [JSON.stringify(was[key]), JSON.stringify(rule[key])];
      if (from === to) continue;
      const onOff = (value) => (value === 'false' ? 'off' : 'on');
      if (key === 'enabled' && onOff(from) !== onOff(to)) lines.push(`rule '${name}' switched: ${onOff(from)} -> ${onOff(to)}`);
      else if (key !== 'enabled') lines.push(`rule '${name}' ${key}: ${from ?? 'any'} -> ${to ?? 'any'}`);
    }
  }
  const kept = (list, other) => list.map(nameOf).filter((name) => other.has(name)).join('\n');
  if (kept(before, now) !== kept(after, old)) lines.push('the order of the rules changed');
  return lines;
}

export function differences(before, after) {
  const lines = ruleLines(before?.rules ?? [], after?.rules ?? []);
  const rest = ({ rules: _rules, ...others }) => JSON.stringify(others);
  if (rest(before ?? {}) !== rest(after ?? {})) lines.push('other settings changed');
  return lines;
}

export function mistakes(policy) {
  const found = [];
  const names = new Set();
  (policy.rules ?? []).forEach((rule, index) => {
    if (names.has(nameOf(rule))) found.push({ pointer: `/rules/${index}/name`, message: `'${rule.name}' is the name of another rule` });
    names.add(nameOf(rule));
    // `refused-by-the-console` stands for whatever only the console knows to be wrong.
    for (const user of rule.source?.users ?? [])
      if (user === 'refused-by-the-console') found.push({ pointer: `/rules/${index}/source/users`, message: `'${user}' names no user` });
  });
  for (const list of ['allow', 'block'])
    (policy.lists?.[list] ?? []).forEach((entry, index) => {
      if (entry === 'refused-by-the-console.example') found.push({ pointer: `/lists/${list}/${index}`, message: 'the console knows better' });
    });
  (policy.ips_rules ?? []).forEach((text, index) => {
    for (const { line, signature, message } of checkRules(text).refused)
      found.push({ pointer: `/ips_rules/${index}`, message: `IPS rule ${signature ?? ''} in line ${line} of the entry: ${message}` });
  });
  return found;
}
