/** A signal that counts its listeners: one that stays holds what it refers to for as long as the caller keeps the signal. */
export function countedSignal(): { signal: AbortSignal; listeners: () => number } {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...parameters: Parameters<typeof add>) => (listeners++, add(...parameters));
  signal.removeEventListener = (
    ...parameters: Parameters<typeof remove>
  ) => (listeners--, remove(...parameters));
  return { signal, listeners: () => listeners };
}
