/** What the analysis had to assume and what it found wrong: why things are as they are, and what would change them. */
import type { PageData, PagePlace } from '../src/report/page/page-data.js';
import { placeText } from './names.js';

const MOST_PLACES = 12;

export function AssumptionList({ data: { assumptions } }: { data: PageData }) {
  if (assumptions.length === 0) return <p class="empty">Nothing had to be assumed.</p>;
  return (
    <ul class="cards">
      {assumptions.map(({ message, cost, advice, places }) => (
        <li key={message}>
          <p>
            <Prose text={message} />
          </p>
          {cost !== '' && <p class="cost">{cost}</p>}
          <p class="quiet">
            <Prose text={advice} />
          </p>
          <Places places={places} />
        </li>
      ))}
    </ul>
  );
}

export function Places({ places }: { places: readonly PagePlace[] }) {
  return (
    <p class="places">
      {places.slice(0, MOST_PLACES).map(place => (
        <code key={placeText(place)}>{placeText(place)}</code>
      ))}
      {places.length > MOST_PLACES && <span>and {places.length - MOST_PLACES} more places</span>}
    </p>
  );
}

export function DiagnosticList({ data: { diagnostics } }: { data: PageData }) {
  if (diagnostics.length === 0) return <p class="empty">Nothing was found.</p>;
  return (
    <ul class="cards">
      {diagnostics.map(({ severity, code, message, hint, place }) => (
        <li key={`${code} ${placeText(place)} ${message}`}>
          <p>
            <span class={`chip ${severity}`}>{severity}</span> <Prose text={message} />
          </p>
          <p class="quiet">
            <Prose text={hint} />
          </p>
          <p class="places">
            <code>{placeText(place)}</code> <span>{code}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** A sentence in which backticks stand around code. */
export function Prose({ text }: { text: string }) {
  const parts = text.split('`');
  return <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
