/** The data in the page: JSON, compressed, in base64. */
import type { PageData } from '../src/report/page/page-data.js';

export async function unpack(packed: string): Promise<PageData> {
  const bytes = Uint8Array.from(atob(packed), character => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}
