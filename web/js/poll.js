// Asking again and again, considerately: often while something moves, seldom otherwise, not at all
// while nobody looks, and at once when the network or the person comes back.

const SOON_MS = 1_500;
const SELDOM_MS = 8_000; // of something that moves, but slowly
const LATER_MS = 30_000;
const GROWTH = 1.25;

/** Runs `task` until `signal` is aborted. `task` answers `{moving, mark}`: whether something is in
 *  progress, and a string that changes when there is news (after news we ask soon again); or raises,
 *  and `failed(error)` hears of it. `kick()` asks at once and answers when that has been answered. */
export function poll(task, failed, signal) {
  let timer = null;
  let delay = SOON_MS;
  let mark = null;
  let round = null;
  let again = false;
  let asked = false;

  async function once() {
    try {
      const found = await task();
      const news = found.mark !== mark;
      mark = found.mark;
      if (!found.moving) delay = LATER_MS;
      else delay = news ? SOON_MS : Math.min(delay * GROWTH, SELDOM_MS);
    } catch (error) {
      delay = Math.min(Math.max(delay, SOON_MS) * 2, LATER_MS);
      if (!signal.aborted) failed(error);
    }
  }

  async function rounds() {
    do {
      again = false;
      await once();
    } while (again && !signal.aborted);
    round = null;
    if (!signal.aborted && !document.hidden) timer = setTimeout(ask, delay);
  }

  function ask() {
    if (signal.aborted) return null;
    clearTimeout(timer);
    if (asked && !navigator.onLine) return null; // the page says so already; "online" wakes us
    asked = true;
    if (round) again = true;
    else round = rounds();
    return round;
  }

  const wake = () => {
    if (document.hidden) return clearTimeout(timer);
    delay = SOON_MS;
    return ask();
  };
  document.addEventListener("visibilitychange", wake, { signal });
  window.addEventListener("online", wake, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  ask();
  return { kick: wake };
}
