import { Badge, createTheme, Drawer, Modal, type MantineColorsTuple } from '@mantine/core';

// Fonts of the reader's own system: nothing is fetched from elsewhere.
const fonts =
  'system-ui, -apple-system, "Segoe UI", "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "Yu Gothic UI", Meiryo, IPAPGothic, sans-serif';

const navy: MantineColorsTuple = [
  '#eef4fb', '#dae6f3', '#b1cbe6', '#86afda', '#6297cf', '#4b88c9', '#3f80c7', '#316eb0', '#27629e', '#17558d',
];

export const theme = createTheme({
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  primaryColor: 'navy',
  primaryShade: { light: 8, dark: 6 },
  colors: { navy },
  defaultRadius: 'sm',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } } },
  respectReducedMotion: true,
  components: {
    // Never cut short: a narrow column grows instead.
    Badge: Badge.extend({ styles: { root: { minWidth: 'max-content', flex: 'none' } } }),
    Modal: Modal.extend({ defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.45 } } }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.25 } } }),
  },
});
