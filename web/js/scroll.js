// A list that goes on as its end comes into sight: results, mails.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact/standalone.mjs";
import { Failed, Loading } from "./parts.js";

/** `{pages, error, done, refresh(), tail}` of `fetchPage(after)`, which answers `{[field]: rows, next}`;
 *  `refresh()` fetches the next page. */
export function useScroll(fetchPage, field) {
  const [pages, setPages] = useState([]);
  const [error, setError] = useState(null);
  const held = useRef({ after: undefined, fetching: false, alive: true });
  const tail = useRef(null);
  const next = async () => {
    const state = held.current;
    if (state.fetching || state.after === null) return;
    state.fetching = true;
    setError(null);
    try {
      const page = await fetchPage(state.after);
      if (!state.alive) return;
      state.after = page.next ?? null;
      setPages((all) => [...all, { ...page, rows: page[field] }]);
    } catch (problem) {
      if (state.alive) setError(problem);
    } finally {
      state.fetching = false;
    }
  };
  useEffect(() => {
    const state = held.current;
    state.alive = true;
    next();
    return () => (state.alive = false);
  }, []);
  useEffect(() => {
    if (error || !tail.current) return undefined;
    const near = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && next(), {
      rootMargin: "800px",
    });
    near.observe(tail.current); // observed anew after each page, it tells whether it is still in sight
    return () => near.disconnect();
  }, [pages.length, error]);
  return { pages, error, done: held.current.after === null, refresh: next, tail };
}

/** The end of such a list: more is coming, or `children` when there is no more. */
export const Tail = ({ list, children }) =>
  html`<div class="list-tail" ref=${list.tail}>
    ${list.error
      ? html`<${Failed} list=${list} />`
      : list.done
        ? children
        : html`<${Loading} />`}
  </div>`;
