/**
 * Builds the page of `anyspeed report`: one HTML file with its script and style inside, and a place for the data.
 *
 * The only script that may run in it is the one whose hash its policy names, whatever the data says.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** @returns {Promise<string>} */
export async function buildPage() {
  const bundle = await rolldown({
    cwd: folder,
    input: './main.tsx',
    platform: 'browser',
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
  await bundle.close();
  const script = output[0].code;
  if (/<\/script|<!--/i.test(script)) throw new Error('The script of the page would end its own element.');
  const hash = createHash('sha256').update(script).digest('base64');
  const parts = {
    SCRIPT_HASH: `sha256-${hash}`,
    '/* STYLE */': readFileSync(`${folder}style.css`, 'utf8'),
    '/* SCRIPT */': script,
  };
  let page = readFileSync(`${folder}template.html`, 'utf8');
  for (const [name, text] of Object.entries(parts)) page = page.split(name).join(text);
  return page;
}
