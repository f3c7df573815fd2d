/**
 * Loaded into a server by `--import`: how late its event loop is, and what the process and its main thread have used, from the signal SIGUSR2 on.
 * The answer is printed when it ends, in one line.
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let used = process.cpuUsage();
  // Nanoseconds on a processor, of the thread that has the number of the process.
  const usedByMain = () =>
    Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
  let main = usedByMain();
  process.on('SIGUSR2', () => {
    delay.reset();
    used = process.cpuUsage();
    main = usedByMain();
  });
  process.on('exit', () => {
    const { user, system } = process.cpuUsage(used);
    const observed = {
      p50: delay.percentile(50) / 1e6,
      p99: delay.percentile(99) / 1e6,
      cpu: (user + system) / 1e6,
      main: usedByMain() - main,
    };
    process.stdout.write(`observed ${JSON.stringify(observed)}\n`);
  });
}
