/** The functions that run in other threads, and those that could: what each needs there, and where it is called. */
import type { PageData } from '../src/report/page/page-data.js';
import { Places, Prose } from './assumptions.js';
import { placeText } from './names.js';

export function ParallelList({ data: { parallel } }: { data: PageData }) {
  if (parallel.length === 0)
    return <p class="empty">No function runs in another thread, and of none it is seen that it should.</p>;
  return (
    <ul class="cards">
      {parallel.map(({ id, at, isDeclared, sentences, calls }) => (
        <li key={id}>
          <p>
            <span class="chip">{isDeclared ? 'parallel' : 'candidate'}</span> <code>{id}</code>
          </p>
          {sentences.map(sentence => (
            <p key={sentence} class="quiet">
              <Prose text={sentence} />
            </p>
          ))}
          <p class="places">
            <code>{placeText(at)}</code>
          </p>
          {calls.length > 0 && (
            <>
              <p class="quiet">Called at</p>
              <Places places={calls} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
