import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  code: string | undefined;
  /** The gateway's own words, in English. */
  reason: string | undefined;
}

/** Why a delivery failed: in the reader's language where the code is known, with the gateway's own words below. */
export function ReasonText({ code = '', reason = '' }: Props) {
  const { t, i18n } = useTranslation();
  const known = code !== '' && i18n.exists(`reason.${code}`);
  return (
    <>
      {known && <Text size="sm" component="div" data-reason={code}>{t(`reason.${code}` as 'reason.rolled_back')}</Text>}
      {reason !== '' && <Text size={known ? 'xs' : 'sm'} c={known ? 'dimmed' : 'red'}>{reason}</Text>}
    </>
  );
}
