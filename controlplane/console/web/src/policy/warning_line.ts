// The console warns in English, in few forms, which are taken apart here as in difference_line.ts. Lines that it names are
// those of a file that the page's user has never seen.
import { subjectOf, subjectWords, type Subject } from './difference_line';

export type WarningLine =
  | { readonly form: 'covered' | 'repeated'; readonly name: string; readonly by: string }
  | { readonly form: 'never_on'; readonly name: string; readonly schedule: string }
  | { readonly form: 'unused'; readonly subject: Subject; readonly name: string }
  | { readonly form: 'listed_twice'; readonly value: string }
  | { readonly form: 'other'; readonly line: string };

type Parser = readonly [RegExp, (parts: readonly string[]) => WarningLine];

const parsers: readonly Parser[] = [
  [/^rule '(.*)' is never reached: rule '(.*)' \(line \d+\) matches everything$/s, ([, name = '', by = '']) => ({ form: 'covered', name, by })],
  [/^rule '(.*)' is never reached: rule '(.*)' \(line \d+\) matches the same$/s, ([, name = '', by = '']) => ({ form: 'repeated', name, by })],
  [/^rule '(.*)' never applies: its schedule '(.*)' is never on$/s, ([, name = '', schedule = '']) => ({ form: 'never_on', name, schedule })],
  [new RegExp(`^(${subjectWords}) '(.*)' is not used by any rule$`, 's'), ([, word, name = '']) => ({ form: 'unused', subject: subjectOf(word), name })],
  [/^'(.*)' is in the (?:allow|block|category's) list already \(line \d+\)$/s, ([, value = '']) => ({ form: 'listed_twice', value })],
];

export function parseWarning(line: string): WarningLine {
  for (const [pattern, make] of parsers) {
    const parts = pattern.exec(line);
    if (parts) return make(parts);
  }
  return { form: 'other', line };
}
