import { Group, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

export function PageHeader({ title, children }: { title: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - Sekisho`;
  }, [title]);
  return (
    <Group justify="space-between" mb="sm" gap="sm">
      <Title order={1}>{title}</Title>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
