// Loaded into the measured process: when it ends, tells its parent for how long its main thread has worked.
// Where the system says it, also for how long it had to wait for a core that others were using.
import { readFileSync } from 'node:fs';

process.on('exit', () => {
  let cpu = process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  let waited = 0;
  try {
    const [ran = 0, queued = 0] = readFileSync(`/proc/${process.pid}/task/${process.pid}/schedstat`, 'utf8')
      .split(' ')
      .map(nanoseconds => Number(nanoseconds) / 1e6);
    [cpu, waited] = [ran, queued];
  } catch {}
  process.send?.({ cpu, waited });
});
