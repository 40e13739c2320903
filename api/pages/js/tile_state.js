/** What may be said of a camera's picture, and how tiles share the room: rules without a page, so that they can be tested. */

const FRESH_MS = 8000; // key frames may be some seconds apart; a picture older than this is not called live

/**
 * The state that a tile shows: {state, since}. `state` is live | waiting | stalled | down | connecting | disabled |
 * unknown | lost; `since` is a UTC text or null. A picture counts as live only while pictures really arrive, whatever
 * the worker's last report says: the report grows old too.
 */
export function tileState(camera, { connected, opened_ms, captured_ms, now_ms }) {
  const health = camera.health;
  if (!camera.enabled || health?.state === "disabled") return { state: "disabled", since: null };
  if (!connected) return { state: "lost", since: null };
  if (!health) return { state: "unknown", since: null };
  if (health.state === "stalled") return { state: "stalled", since: health.last_frame_at ?? health.since };
  if (health.state !== "live") return { state: health.state, since: health.since };
  if (captured_ms !== null && now_ms - captured_ms <= FRESH_MS) return { state: "live", since: null };
  if (now_ms - opened_ms <= FRESH_MS || captured_ms === null) return { state: "waiting", since: null };
  return { state: "stalled", since: new Date(captured_ms).toISOString() };
}

// A camera that is away is said by its state; these are pictures that come and cannot be believed.
const AWAY = ["down", "stalled"];

/** Why the picture cannot be believed now: {trouble, since}, null when it can. The worker's own word is the newest. */
export function troubleOf(camera) {
  const { fault, fault_since } = camera.health ?? {};
  if (!camera.enabled) return null;
  if (fault) return { trouble: fault, since: fault_since };
  const open = (camera.troubles ?? []).find(({ trouble }) => !AWAY.includes(trouble));
  return open ? { trouble: open.trouble, since: open.since } : null;
}

/** Columns and tile width in px so that `count` tiles, 16:9 over a foot of `foot_px`, are as large as the room allows. */
export function bestLayout(count, { width, height, gap, foot_px }) {
  let best = { columns: 1, tile_px: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const by_width = (width - gap * (columns - 1)) / columns;
    const by_height = (((height - gap * (rows - 1)) / rows - foot_px) * 16) / 9;
    const tile_px = Math.floor(Math.min(by_width, by_height));
    if (tile_px > best.tile_px) best = { columns, tile_px };
  }
  return best;
}
