/** News from the server: pushed while the stream holds, fetched every few seconds while it does not. */

const POLL_MS = 5000;
const SAFETY_MS = 15_000; // a stream that seems up may hang: a fetch finds that out, and what was missed
const KINDS = ["hazard", "ticket", "camera"];

/**
 * Run `onNews(kind)` when something of that kind changed ("hazard", "ticket", "camera"; "all" where that is not known)
 * and `onPush(bool)` when the stream comes up or breaks.
 */
export function follow({ onNews, onPush }) {
  let source = null;
  let pushed = false;
  let polledAt = 0;

  const mark = (up) => {
    if (up !== pushed) onPush(up);
    pushed = up;
  };
  const open = () => {
    source?.close();
    source = new EventSource("/api/v1/stream");
    source.onopen = () => {
      mark(true);
      onNews("all"); // what happened while the stream was away
    };
    source.onerror = () => mark(false);
    for (const kind of KINDS) source.addEventListener(kind, () => onNews(kind));
    source.addEventListener("resync", () => onNews("all"));
  };
  const poll = () => {
    const due = performance.now() - polledAt >= (pushed ? SAFETY_MS : POLL_MS);
    if (!due || document.hidden) return;
    polledAt = performance.now();
    onNews("all");
    if (source.readyState === EventSource.CLOSED) open(); // the browser gave up: an answer other than 200
  };

  open();
  const asking = setInterval(poll, 1000);
  document.addEventListener("sanxun:leaving", () => {
    clearInterval(asking);
    source.close();
  });
  document.addEventListener("visibilitychange", () => !document.hidden && onNews("all"));
  for (const change of ["online", "offline"]) addEventListener(change, () => onNews("all"));
}

/** `work` runs at most once at a time; calls that come meanwhile make it run once more afterwards. */
export function coalesced(work) {
  let running = false;
  let again = false;
  return async function run() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = false;
    }
  };
}
