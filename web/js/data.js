// What a screen shows of the service: asked for, kept up to date, in pages.

import { useEffect, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import { poll } from "./poll.js";

/** `{data, error, refresh()}` of `ask(signal)`, asked again while the component stands: soon while
 *  `moving(data)`, seldom otherwise. `data` is null until the first answer; `error` is that of the
 *  last try, null after one that went well. `key`: another one begins anew. */
export function useLive(ask, { moving = () => false, key = "" } = {}) {
  const [state, set] = useState({ data: null, error: null });
  const watch = useRef(null);
  useEffect(() => {
    const stop = new AbortController();
    watch.current = poll(
      async () => {
        const data = await ask(stop.signal);
        if (!stop.signal.aborted) set({ data, error: null });
        return { moving: moving(data), mark: JSON.stringify(data) };
      },
      (error) => set(({ data }) => ({ data, error })),
      stop.signal,
    );
    return () => stop.abort();
  }, [key]);
  return { ...state, refresh: () => watch.current?.kick() };
}

/** A list that comes in pages: `{rows, first, more, error, refresh(), without(id)}`. `fetchPage(after)`
 *  answers `{[field]: rows, next}`; `first` is its first page; `more()` fetches the next one, null when
 *  there is none. Between two changes only the first page is asked for again; the others are when
 *  something moves in them, when the first ends elsewhere than before, and after `refresh()`, so that
 *  a row that is gone from the service is gone from here. `moving(row)` and `also(page)`: whether to
 *  ask again soon. */
export function usePages(fetchPage, field, { moving = () => false, also = () => false } = {}) {
  const held = useRef({ pages: [], wanted: 1, all: false });
  const live = useLive(
    async () => {
      const { pages, wanted, all } = held.current;
      const first = await fetchPage(null);
      const stale =
        all ||
        first.next !== pages[0]?.next ||
        pages.slice(1).some((page) => page[field].some(moving));
      const fresh = [first];
      while (fresh.length < wanted && fresh.at(-1).next) {
        const kept = stale ? null : pages[fresh.length];
        fresh.push(kept ?? (await fetchPage(fresh.at(-1).next)));
      }
      if (all) held.current.all = false;
      held.current.pages = fresh;
      return fresh;
    },
    { moving: (pages) => pages.some((page) => also(page) || page[field].some(moving)) },
  );
  const [gone, setGone] = useState(new Set());
  const pages = live.data;
  const rows = pages?.flatMap((page) => page[field]).filter((row) => !gone.has(row.id)) ?? null;
  const refresh = () => {
    held.current.all = true;
    return live.refresh();
  };
  return {
    rows,
    first: pages?.[0] ?? null,
    error: live.error,
    refresh,
    more: pages?.at(-1).next
      ? () => {
          held.current.wanted = pages.length + 1;
          return live.refresh();
        }
      : null,
    /** Takes a row out of sight at once; the service is asked after it. */
    without(id) {
      setGone((before) => new Set([...before, id]));
      return refresh();
    },
  };
}

/** `tell(row)` for every row that comes into one of the states `ends` while the list is shown. */
export function useEnds(rows, ends, tell) {
  const before = useRef(new Map());
  useEffect(() => {
    for (const row of rows ?? []) {
      const state = before.current.get(row.id);
      if (state && state !== row.state && ends.includes(row.state)) tell(row);
      before.current.set(row.id, row.state);
    }
  }, [rows?.map(({ id, state }) => id + state).join()]);
}
