import { Alert, List, Tabs, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { pictures } from './pictures';
import { ScreenPicture } from './screen_picture';

// The steps are texts of their own, so that a translation may say each as its system does.
const systems = {
  windows: ['windows_1', 'windows_2', 'windows_3', 'windows_4', 'windows_5', 'windows_6'],
  macos: ['macos_1', 'macos_2', 'macos_3', 'macos_4', 'macos_5', 'macos_6', 'macos_7'],
  ios: ['ios_1', 'ios_2', 'ios_3', 'ios_4', 'ios_5', 'ios_6', 'ios_7'],
  android: ['android_1', 'android_2', 'android_3', 'android_4', 'android_5', 'android_6'],
  firefox: ['firefox_1', 'firefox_2', 'firefox_3', 'firefox_4', 'firefox_5', 'firefox_6', 'firefox_7'],
  thunderbird: ['thunderbird_1', 'thunderbird_2', 'thunderbird_3', 'thunderbird_4', 'thunderbird_5', 'thunderbird_6', 'thunderbird_7'],
  chrome: ['chrome_1', 'chrome_2', 'chrome_3', 'chrome_4'],
} as const;

type System = keyof typeof systems;

/** What to do on each kind of client (R095-R101). */
export function InstallHelp() {
  const { t } = useTranslation();
  const names = Object.keys(systems) as System[];
  return (
    <section aria-label={t('certificates.help_title')}>
      <Title order={2} size="h4" mb="xs">{t('certificates.help_title')}</Title>
      <Text size="sm" mb="xs">{t('certificates.help_text')}</Text>
      <Alert color="blue" mb="sm">{t('certificates.restart')}</Alert>
      <Tabs defaultValue="windows" keepMounted={false}>
        <Tabs.List mb="sm">
          {names.map((system) => <Tabs.Tab key={system} value={system}>{t(`certificates.system.${system}`)}</Tabs.Tab>)}
        </Tabs.List>
        {names.map((system) => (
          <Tabs.Panel key={system} value={system}>
            <List type="ordered" size="sm" spacing={4}>
              {systems[system].map((step, index) => (
                <List.Item key={step}>
                  {t(`certificates.step.${step}`)}
                  {pictures[system].step === index + 1 && <ScreenPicture picture={pictures[system]} />}
                </List.Item>
              ))}
            </List>
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}
