/** The page of `anyspeed report`: unpacks the data that was written into it, and shows it. */
import { render } from 'preact';
import { App } from './app.js';
import { unpack } from './unpack.js';

const root = document.getElementById('app') as HTMLElement;
const packed = document.getElementById('data')?.textContent ?? '';
try {
  const data = await unpack(packed.trim());
  document.title = `${data.project} - anyspeed`;
  render(<App data={data} />, root);
} catch (error) {
  root.textContent = `This page cannot be shown: ${error instanceof Error ? error.message : error}`;
  throw error;
}
