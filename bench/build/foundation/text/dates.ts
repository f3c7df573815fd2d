const DAY_MS = 86_400_000;

export const startOfDay = (time: number) => time - (time % DAY_MS);

export const daysBetween = (from: number, to: number) =>
  Math.round((startOfDay(to) - startOfDay(from)) / DAY_MS);

export function month(time: number) {
  return new Date(time).toISOString().slice(0, 7);
}

export function age(since: number, now = Date.now()) {
  const days = daysBetween(since, now);
  if (days === 0) return 'today';
  if (days === 1) return 'yesterday';
  if (days < 31) return `${days} days ago`;
  return days < 365 ? `${Math.floor(days / 30)} months ago` : `${Math.floor(days / 365)} years ago`;
}
