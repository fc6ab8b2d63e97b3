import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useContentCount, useContentTitles } from '../../components/use_content_names';
import { contentParts, endpointParts, serviceList, type Part } from '../../policy/describe';
import type { Content, ContentKind, Endpoint, Rule } from '../../policy/document';

const shownValues = 4; // the rest is in the rule's form, and in the cell's tooltip

function ValueList({ values }: { values: readonly string[] }) {
  const { t } = useTranslation();
  const rest = values.length - shownValues;
  return (
    <span className="values" title={values.join(', ')}>
      {values.slice(0, shownValues).join(', ')}
      {rest > 0 && ` ${t('rule.more_values', { count: rest })}`}
    </span>
  );
}

function Any() {
  const { t } = useTranslation();
  return <span style={{ color: 'var(--mantine-color-dimmed)' }}>{t('common.any')}</span>;
}

export function EndpointCell({ endpoint }: { endpoint: Endpoint | undefined }) {
  const { t } = useTranslation();
  const parts = endpointParts(endpoint);
  if (!parts) return <Any />;
  return parts.map(({ kind, values }) => (
    <div key={kind}>
      {kind !== 'addresses' && <Text span size="xs" c="dimmed">{t(`endpoint.${kind}`)}: </Text>}
      <ValueList values={values} />
    </div>
  ));
}

export function ServicesCell({ rule }: { rule: Rule }) {
  const services = serviceList(rule);
  return services ? <ValueList values={services} /> : <Any />;
}

export function ContentCell({ content }: { content: Content | undefined }) {
  const { t } = useTranslation();
  const parts = contentParts(content);
  if (!parts) return <Any />;
  if (parts.length === 0) return <span style={{ color: 'var(--mantine-color-dimmed)' }}>{t('rule.nothing_chosen')}</span>;
  return parts.map((part) => <ContentPart key={part.kind} {...part} />);
}

function ContentPart({ kind, values }: Part<ContentKind>) {
  const count = useContentCount(kind, values);
  const titleOf = useContentTitles();
  return (
    <div>
      <Text span size="xs" c="dimmed">{count}: </Text>
      <ValueList values={values.map((name) => titleOf(kind, name))} />
    </div>
  );
}
