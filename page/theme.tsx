/** Light and dark: as the system has it, until somebody chooses. */
import { useEffect, useState } from 'preact/hooks';

type Shown = 'light' | 'dark';

export interface Theme {
  shown: Shown;
  choose(theme: Shown): void;
}

const system = matchMedia('(prefers-color-scheme: dark)');

export function useTheme(): Theme {
  const [isDark, setIsDark] = useState(system.matches);
  const [chosen, setChosen] = useState<Shown>();
  useEffect(() => {
    const follow = () => setIsDark(system.matches);
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
  }, []);
  const shown = chosen ?? (isDark ? 'dark' : 'light');
  document.documentElement.dataset.theme = shown;
  return { shown, choose: setChosen };
}

export function ThemeButton({ theme: { shown, choose } }: { theme: Theme }) {
  const other = shown === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" class="theme" onClick={() => choose(other)} aria-label={`Show the page ${other}`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" />
        <path d="M8 1.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
      </svg>
    </button>
  );
}
