import { useTranslation } from 'react-i18next';

import type { Picture, PictureRow } from './pictures';
import './screen_picture.css';

const rowHeight = 28;
const barHeight = 30;
const margin = 16;
const buttonWidth = 84;

/** A drawing of a screen: its parts, no program's look. Readers who do not see it are told what is marked. */
export function ScreenPicture({ picture }: { picture: Picture }) {
  const { t } = useTranslation();
  const text = (key: string) => t(`certificates.picture.${key}` as 'certificates.picture.ok');
  const { title, rows, buttons, device } = picture;
  const width = device === 'telephone' ? 250 : 400;
  const height = barHeight + margin + rows.length * rowHeight + (buttons.length > 0 ? 44 : 12);
  const marked = [...rows, ...buttons].filter((part) => part.marked === true).map((part) => text(part.text));
  return (
    <svg className="screen-picture" role="img" aria-label={t('certificates.picture_label', { title: text(title), marked: marked.join(', ') })}
      viewBox={`0 0 ${width} ${height}`} width={width} height={height}>
      <rect className="screen" x={0.5} y={0.5} width={width - 1} height={height - 1} rx={device === 'telephone' ? 14 : 5} />
      <path className="line" d={`M0 ${barHeight}H${width}`} />
      <text className="title" x={margin} y={20}>{text(title)}</text>
      {device === 'window' && <path className="line" d={`M${width - 22} 11l8 8m0-8l-8 8`} />}
      {rows.map((row, index) => <Row key={row.text} row={row} label={text(row.text)} width={width} top={barHeight + margin / 2 + index * rowHeight} />)}
      {buttons.map((button, index) => {
        const left = width - (buttons.length - index) * (buttonWidth + 10) - 4;
        return (
          <g key={button.text} className={button.marked === true ? 'part marked' : 'part'}>
            <rect x={left} y={height - 38} width={buttonWidth} height={26} rx={4} />
            <text x={left + buttonWidth / 2} y={height - 20} textAnchor="middle">{text(button.text)}</text>
          </g>
        );
      })}
    </svg>
  );
}

function Row({ row, label, width, top }: { row: PictureRow; label: string; width: number; top: number }) {
  const { kind, on, marked } = row;
  const middle = top + rowHeight / 2;
  const indent = kind === 'radio' || kind === 'check' ? 24 : kind === 'field' || kind === 'item' ? 10 : 0;
  return (
    <g className={marked === true ? 'part marked' : 'part'}>
      {(kind === 'field' || kind === 'item') && <rect x={margin} y={top + 2} width={width - 2 * margin} height={rowHeight - 4} rx={3} />}
      {kind === 'radio' && <circle cx={margin + 7} cy={middle} r={7} />}
      {kind === 'radio' && on === true && <circle className="dot" cx={margin + 7} cy={middle} r={3.5} />}
      {kind === 'check' && <rect x={margin} y={middle - 7} width={14} height={14} rx={2} />}
      {kind === 'check' && on === true && <path className="tick" d={`M${margin + 3} ${middle}l3 4 6-8`} />}
      {kind === 'switch' && <rect x={width - margin - 34} y={middle - 9} width={34} height={18} rx={9} />}
      {kind === 'switch' && <circle className="dot" cx={width - margin - (on === true ? 9 : 25)} cy={middle} r={6} />}
      <text x={margin + indent} y={middle + 4}>{label}</text>
    </g>
  );
}
