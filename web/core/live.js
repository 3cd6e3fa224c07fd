// What goes on by itself while a page is looked at: asking again every few seconds, and following a topic of events.
import * as api from "./api.js";

const SLOWEST = 60_000;

/** Calls `work` every `pause` ms until `signal` aborts. Not while the tab is hidden: it does so at once when it is seen
 * again. After an error the pauses grow, so that a server in trouble is not asked more often. `work` may return a
 * different pause for the next time, or false to end. */
export function repeat(work, { pause, signal, now = false }) {
  let timer = null;
  let running = false;
  let wait = pause;

  async function turn() {
    if (running || signal.aborted) return;
    clearTimeout(timer);
    if (document.hidden) return;
    running = true;
    try {
      const next = await work();
      if (next === false) return void stop();
      wait = typeof next === "number" ? next : pause;
    } catch (error) {
      if (api.isAborted(error)) return void stop();
      wait = Math.min(wait * 2, SLOWEST);
    } finally {
      running = false;
    }
    if (!signal.aborted) timer = setTimeout(turn, wait);
  }

  function stop() {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
  }

  document.addEventListener("visibilitychange", turn);
  signal.addEventListener("abort", stop);
  if (now) turn();
  else timer = setTimeout(turn, pause);
}

/** Follows a topic: calls `listener` with the new events, oldest first; once with none when it knows where the topic
 * stands, because what was shown until then may have changed since it was fetched. */
export function follow(topic, listener, { pause = 4000, signal }) {
  let after = null;
  repeat(async () => {
    if (after === null) {
      after = await lastNumber(topic, signal);
      await listener([]);
    }
    const page = await api.get(`/v1/events/${topic}`, { query: { after, limit: 500 }, signal });
    after = page.last_seq;
    if (page.items.length) await listener(page.items);
    return page.items.length === 500 ? 0 : pause;
  }, { pause, signal, now: true });
}

/** The newest event's number. Numbers have no gaps, so that it is found in a few small questions instead of reading on
 * from the beginning: doubling until nothing comes after, then halving the distance. */
async function lastNumber(topic, signal) {
  const more = async (after) => {
    const page = await api.get(`/v1/events/${topic}`, { query: { after, limit: 1 }, signal });
    return page.items.length ? page.items[0].seq : null;
  };
  let low = await more(0);
  if (low === null) return 0;
  let step = 64;
  let high = null;
  while (high === null) {
    const seen = await more(low + step);
    if (seen === null) high = low + step;
    else [low, step] = [seen, step * 2];
  }
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const seen = await more(middle);
    if (seen === null) high = middle;
    else low = seen;
  }
  return low;
}
