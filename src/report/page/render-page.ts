/**
 * The page as one file: the built page with the data of a program in it.
 *
 * Names and sources are those of strangers. They go into the file compressed and in base64, an alphabet in which no markup
 * can be written, and the page shows them by a framework that makes text of them; so nothing is escaped by hand.
 */
import { gzipSync } from 'node:zlib';
import type { PageData } from './page-data.js';

/** What stands in the built page where the data goes. */
export const DATA_PLACEHOLDER = '%ANYSPEED_DATA%';

/** @param template the built page, `dist/report.html` */
export function renderPage(template: string, data: PageData): string {
  const packed = gzipSync(JSON.stringify(data)).toString('base64');
  const [before, after, ...more] = template.split(DATA_PLACEHOLDER);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error('The built page has no single place for the data: it was not built for this version.');
  return before + packed + after;
}
