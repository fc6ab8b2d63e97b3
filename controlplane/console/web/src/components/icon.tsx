// The few symbols that the page uses, drawn here: line drawings on a grid of 24.
const paths = {
  dashboard: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  gateway: 'M3 8h18M3 8l2-4h14l2 4v12H3zM7 12h10M7 16h6',
  policy: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.500-1-8-4-8-9V6zM9 12l2 2 4-4',
  intrusion: 'M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6zM12 8v5M12 16v.01',
  list: 'M9 6h12M9 12h12M9 18h12M3 6l1.500 1.500L7 5M3 12h3M3 18h3',
  reputation: 'M4 17a9 9 0 1 1 16 0M12 15l4-5M12 15v.01',
  history: 'M4 12a8 8 0 1 0 2.500-5.800L4 8.500M4 4v4.500h4.500M12 8v4l3 2',
  bandwidth: 'M4 20V10M10 20V4M16 20v-7M22 20H2',
  certificate: 'M4 5h16v11H4zM8 9h8M8 12h4M15 16v5l2-1.500 2 1.500v-5',
  log: 'M5 4h14v16H5zM8 8h8M8 12h8M8 16h5',
  audit: 'M8 4h8v3H8zM16 5h3v16H5V5h3M8 12h8M8 16h5',
  administration: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M5.600 18.400l2.200-2.200M16.200 7.800l2.200-2.200',
  send: 'M12 19V5M6 11l6-6 6 6',
  check: 'M5 12l5 5 9-10',
  cross: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  handle: 'M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01',
  more: 'M12 5v.01M12 12v.01M12 19v.01',
  user: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.500-6 8-6s8 2 8 6',
  search: 'M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const width = name === 'handle' || name === 'more' ? 3 : 1.8;
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={width}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
