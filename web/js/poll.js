// Asking again and again, considerately: often while something moves, seldom otherwise, not at all
// while nobody looks, and at once when the network or the person comes back.

const SOON_MS = 1_500;
const SELDOM_MS = 8_000; // of something that moves, but slowly
const LATER_MS = 30_000;
const GROWTH = 1.25;

/** Runs `task` until stopped. `task` answers `{moving, mark}`: whether something is in progress, and a
 *  string that changes when there is news (after news we ask soon again); or raises, and
 *  `failed(error)` hears of it. `kick()` asks at once. */
export function poll(task, failed) {
  let timer = null;
  let delay = SOON_MS;
  let mark = null;
  let stopped = false;
  let asking = false;
  let again = false;
  let asked = false;

  async function ask() {
    if (stopped) return;
    clearTimeout(timer);
    if (asked && !navigator.onLine) return; // the page says so already; "online" wakes us
    asked = true;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const found = await task();
      const news = found.mark !== mark;
      mark = found.mark;
      if (!found.moving) delay = LATER_MS;
      else delay = news ? SOON_MS : Math.min(delay * GROWTH, SELDOM_MS);
    } catch (error) {
      delay = Math.min(Math.max(delay, SOON_MS) * 2, LATER_MS);
      if (!stopped) failed(error);
    }
    asking = false;
    if (again) {
      again = false;
      return ask();
    }
    if (!stopped && !document.hidden) timer = setTimeout(ask, delay);
  }

  const wake = () => {
    if (document.hidden) return clearTimeout(timer);
    delay = SOON_MS;
    ask();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  return {
    first: ask(),
    kick: wake,
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
    },
  };
}
