import { Alert, Button, Fieldset, Group, SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { useFormats } from '../../components/use_formats';
import { ruleNumbersIn, ruleUses, type Overrides, type RuleUse } from '../../policy/ips';

const shownAtMost = 100; // of ten thousand; the search finds the others

interface Props {
  overrides: Overrides;
  error: string | undefined;
  onChange: (overrides: Overrides) => void;
}

/** Rules, by their numbers, that the profile does not use as it uses the rest. */
export function OverrideFields({ overrides, error, onChange }: Props) {
  const { t } = useTranslation();
  const { number } = useFormats();
  const [text, setText] = useState('');
  const [use, setUse] = useState<RuleUse>('off');
  const [wrong, setWrong] = useState<string>();
  const found = [...overrides].filter(([rule]) => rule.includes(text.trim()) || /[\s,]/.test(text.trim()));
  const shown = found.slice(0, shownAtMost);
  const set = (rules: readonly string[], value: RuleUse | undefined) => {
    const next = new Map(overrides);
    for (const rule of rules) {
      if (value) next.set(rule, value);
      else next.delete(rule);
    }
    onChange(next);
  };
  const add = () => {
    const read = ruleNumbersIn(text);
    setWrong(read.wrong);
    if (read.wrong !== undefined || read.numbers.length === 0) return;
    set(read.numbers, use);
    setText('');
  };
  const onEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault(); // not the form's
    add();
  };
  return (
    <Fieldset legend={t('ips.overrides')}>
      <Text size="xs" c="dimmed" mb="xs">{t('ips.overrides_hint')}</Text>
      <Group align="flex-start" gap="xs">
        <TextInput size="xs" aria-label={t('ips.rule_numbers')} placeholder={t('ips.rule_numbers_example')} inputMode="numeric" style={{ flex: '1 1 160px' }} value={text}
          error={wrong === undefined ? undefined : t('ips.not_a_rule_number', { value: wrong })}
          onChange={(event) => { setText(event.currentTarget.value); setWrong(undefined); }} onKeyDown={onEnter} />
        <SegmentedControl size="xs" aria-label={t('ips.use')} value={use} data={ruleUses.map((value) => ({ value, label: t(`ips.rule_use.${value}`) }))}
          onChange={(value) => setUse(value as RuleUse)} />
        <Button size="xs" variant="default" onClick={add}>{t('common.add')}</Button>
      </Group>
      {error !== undefined && <Alert color="red" role="alert" p="xs" mt="xs">{error}</Alert>}
      {shown.length > 0 && (
        <div className="panel panel-scroll" style={{ maxHeight: 260, marginTop: 8 }} tabIndex={0} role="group" aria-label={t('ips.overrides')}>
          <table className="grid">
            <tbody>
              {shown.map(([rule, value]) => (
                <tr key={rule} data-override={rule}>
                  <td className="nowrap">{rule}</td>
                  <td className="nowrap">{t(`ips.rule_use.${value}`)}</td>
                  <td className="narrow">
                    <Button size="compact-xs" variant="default" aria-label={t('object.remove_one', { name: rule })} onClick={() => set([rule], undefined)}>{t('common.remove')}</Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.length > shown.length && <Text size="xs" c="dimmed" mt={4}>{t('ips.more_overrides', { number: number(found.length - shown.length) })}</Text>}
    </Fieldset>
  );
}
