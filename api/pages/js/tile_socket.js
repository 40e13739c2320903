/**
 * The live pictures: one WebSocket for all tiles. A frame is `<BBHId` (version, kind, tile, sequence, unix time of
 * capture) and a JPEG. Each drawn frame is acknowledged; the server has at most two on their way per tile, so a slow
 * machine gets fewer pictures and never old ones.
 */

const HEADER_BYTES = 16;
const VERSION = 1;
const JPEG = 1;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

/** Read a frame. Answers {tile, sequence, captured_ms, jpeg}; null where it is not one that we know. */
export function parseFrame(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== JPEG) return null;
  return {
    tile: view.getUint16(2, true),
    sequence: view.getUint32(4, true),
    captured_ms: view.getFloat64(8, true) * 1000,
    jpeg: new Blob([new Uint8Array(buffer, HEADER_BYTES)], { type: "image/jpeg" }),
  };
}

export class TileSocket {
  #socket = null;
  #cameras = [];
  #tries = 0;
  #timer = 0;

  /** `onFrame(camera, frame)` may be async; the frame is acknowledged when it is done. `onBoxes(camera, boxes)`; `onState(open)`. */
  constructor({ onFrame, onBoxes, onState }) {
    Object.assign(this, { onFrame, onBoxes, onState });
    document.addEventListener("sanxun:leaving", () => this.close());
  }

  /** Show these cameras. A new list gets a new socket: no late frame of the old list can appear under a new name. */
  open(cameras) {
    if (this.#socket && JSON.stringify(cameras) === JSON.stringify(this.#cameras)) return;
    this.#cameras = [...cameras];
    this.#tries = 0;
    this.#connect();
  }

  close() {
    this.#cameras = [];
    this.#drop();
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #connect() {
    this.#drop();
    if (!this.#cameras.length) return;
    const cameras = this.#cameras;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/wall`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      socket.send(JSON.stringify({ open: cameras }));
      this.onState(true);
    };
    socket.onmessage = (event) => socket === this.#socket && this.#hear(socket, cameras, event.data);
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      this.onState(false);
      const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
      this.#timer = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2));
    };
  }

  async #hear(socket, cameras, data) {
    if (typeof data === "string") {
      const message = JSON.parse(data);
      if (cameras[message.tile] !== undefined && message.boxes) this.onBoxes(cameras[message.tile], message.boxes);
      return;
    }
    const frame = parseFrame(data);
    if (!frame || cameras[frame.tile] === undefined) return;
    try {
      await this.onFrame(cameras[frame.tile], frame);
    } finally {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ ack: frame.tile }));
    }
  }
}
