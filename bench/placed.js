const END = '<!-- End of what is written. -->';

/**
 * A page with the tables of a bench where they belong: between `<!-- Written by ... -->` and the end of that.
 *
 * @param {string} page
 * @param {string} bench its script, as `npm run bench:<bench> -- --write` names it
 * @param {string} tables
 * @throws {Error} if the page has no such place
 */
export function placed(page, bench, tables) {
  const begin = `<!-- Written by \`npm run bench:${bench} -- --write\`. -->`;
  const [before, rest] = page.split(begin);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error('The page has no place for the tables.');
  return `${before}${begin}\n\n${tables}\n${END}${after}`;
}
