import { useMemo, useRef, type Ref } from 'react';

const lineHeight = 20; // pixels, as in styles.css

/** Brings a line (from 1) into view, and selects it. */
export function selectLine(area: HTMLTextAreaElement, text: string, line: number) {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((length, before) => length + before.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = Math.max(0, (line - 4) * lineHeight);
  area.scrollLeft = 0;
}

interface Props {
  ref: Ref<HTMLTextAreaElement>;
  label: string;
  text: string;
  /** Lines that something is wrong with. */
  marked: ReadonlySet<number>;
  onChange: (text: string) => void;
}

/** Text with the numbers of its lines beside it; a rule stays on one line, however long. */
export function RuleTextArea({ ref, label, text, marked, onChange }: Props) {
  const numbers = useRef<HTMLDivElement>(null);
  const count = useMemo(() => text.split('\n').length, [text]);
  const shown = useMemo(() => {
    const parts: (string | number)[] = [];
    let plain = '';
    for (let line = 1; line <= count; ++line) {
      if (!marked.has(line)) plain += `${line}\n`;
      else {
        parts.push(plain, line);
        plain = '\n';
      }
    }
    return [...parts, plain];
  }, [count, marked]);
  return (
    <div className="rule-text">
      <div className="line-numbers" ref={numbers} aria-hidden="true">
        {shown.map((part, index) => (typeof part === 'number' ? <mark key={index}>{part}</mark> : <span key={index}>{part}</span>))}
      </div>
      <textarea ref={ref} aria-label={label} value={text} wrap="off" spellCheck={false} autoCapitalize="off" autoCorrect="off" rows={18}
        onChange={(event) => onChange(event.currentTarget.value)}
        onScroll={(event) => {
          if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
        }} />
    </div>
  );
}
