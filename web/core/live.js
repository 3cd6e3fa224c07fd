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

/** The newest event's number: asked without `after`, a topic tells only where it stands. */
async function lastNumber(topic, signal) {
  const page = await api.get(`/v1/events/${topic}`, { signal });
  return page.last_seq;
}
