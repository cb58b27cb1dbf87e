/**
 * Works on items, so many at once, and yields what becomes of them in their order. Where one fails or the caller stops, no further
 * item is begun, and those under way are waited for.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const underWay: Promise<R>[] = [];
  let next = 0;
  let failed = false;
  const begin = (): void => {
    while (!failed && underWay.length < atOnce && next < items.length) {
      const one = work(items[next++] as T);
      // heard when its turn comes; until then it only stops what has not begun
      one.catch(() => {
        failed = true;
      });
      underWay.push(one);
    }
  };
  try {
    for (begin(); underWay.length > 0; begin()) {
      yield await (underWay[0] as Promise<R>);
      underWay.shift();
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
