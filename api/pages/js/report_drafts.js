/**
 * Reports that the server does not know yet, and the one that is being written. Each is kept in IndexedDB before it is
 * sent, with its photo as pixels alone (photo.js drew it anew), and sent again under one Idempotency-Key until the
 * server has answered: so it arrives once, whatever breaks off in between.
 */

import { ask, randomKey, Refused } from "./api.js";

const RETRY_MS = [2000, 4000, 8000, 15_000, 30_000];
const BUSY_MS = 60_000; // the server said: too many for now
const STORE = "reports";

export class Drafts {
  #scope;
  #path;
  #database = null;
  #items = [];
  #sending = null; // the promise of the sending that is underway
  #tries = 0;
  #timer = 0;

  /** `scope`: whose these are, an account's or a code's; `path` where they go. `onChange()`, `onSent(item, data)`. */
  constructor({ scope, path, onChange, onSent }) {
    [this.#scope, this.#path] = [scope, path];
    Object.assign(this, { onChange, onSent });
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => !document.hidden && this.flush());
  }

  /** Read what is kept and begin to send it. Answers the report that was being written, or null. */
  async open() {
    this.#database = await opened();
    const all = this.#database ? await settled(this.#database.transaction(STORE).objectStore(STORE).getAll()) : [];
    const mine = all.filter(({ scope }) => scope === this.#scope);
    this.#items = mine.filter(({ writing }) => !writing).sort((a, b) => a.at - b.at);
    this.onChange();
    this.flush();
    return mine.find(({ writing }) => writing)?.body ?? null;
  }

  /** Those that wait; `refused` are the server's words where it will not take one. */
  get items() {
    return this.#items;
  }

  get #writingKey() {
    return `writing ${this.#scope}`;
  }

  /** Keep what is being written, or forget it for null. */
  async keepWriting(body) {
    const key = this.#writingKey;
    await this.#write((store) => (body ? store.put({ key, scope: this.#scope, writing: true, body }) : store.delete(key)));
  }

  /** Keep a report in place of what was being written, and send it. Answers "sent" or "kept"; raises `Refused` where the server will not take it. */
  async add(body) {
    const item = { key: randomKey(), scope: this.#scope, at: Date.now(), body };
    await this.#write((store) => {
      store.put(item);
      store.delete(this.#writingKey); // a page that is closed while it is sent must not offer it again
    });
    this.#items = [...this.#items, item];
    this.onChange();
    this.#tries = 0;
    await this.#sending; // what is underway has read the list before this one stood in it
    await this.flush();
    if (!this.#items.includes(item)) return "sent";
    if (!item.refused) return "kept";
    await this.discard(item); // the form still shows it
    throw item.refused;
  }

  async discard(item) {
    this.#items = this.#items.filter((other) => other !== item);
    await this.#write((store) => store.delete(item.key));
    this.onChange();
  }

  flush() {
    this.#sending ??= this.#exclusively(() => this.#sendAll()).finally(() => (this.#sending = null));
    return this.#sending;
  }

  /** One page at a time where the browser can tell; where it cannot, the key alone keeps the second from counting. */
  #exclusively(work) {
    return navigator.locks ? navigator.locks.request(`sanxun.${STORE}`, work) : work();
  }

  async #sendAll() {
    clearTimeout(this.#timer);
    let wait = 0;
    for (const item of this.#items.filter(({ refused }) => !refused)) {
      const pause = await this.#send(item);
      wait = Math.max(wait, pause.wait);
      if (pause.all) break;
    }
    if (wait) this.#timer = setTimeout(() => this.flush(), wait);
  }

  /**
   * Answers {wait, all}: in how many ms to try again, 0 where there is nothing to try, and whether the others need not be
   * tried before. What the server fails at, such as a photo that it cannot redact, keeps no other report waiting.
   */
  async #send(item) {
    try {
      const { data } = await ask("POST", this.#path, { body: item.body, key: item.key });
      await this.discard(item);
      this.#tries = 0;
      this.onSent(item, data);
      return { wait: 0, all: false };
    } catch (error) {
      if (error instanceof Refused && error.status === 409 && error.problem.done) {
        await this.discard(item); // it arrived, and the answer was lost for good
        this.onSent(item, null);
        return { wait: 0, all: false };
      }
      if (error.passing || error.status === 409) {
        const wait = error.status === 429 ? BUSY_MS : RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)];
        return { wait, all: !(error.status >= 500 || error.status === 409) };
      }
      if (!(error instanceof Refused)) throw error;
      item.refused = error;
      this.onChange();
      return { wait: 0, all: false };
    }
  }

  /** Kept means on the disk. A phone that allows no storage keeps it in this page alone. */
  async #write(change) {
    if (!this.#database) return;
    try {
      const transaction = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
      change(transaction.objectStore(STORE));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      console.warn(`this could not be kept on the phone, only in this page: ${error}`);
    }
  }
}

async function opened() {
  try {
    const request = indexedDB.open("sanxun-reports", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    return await settled(request);
  } catch (error) {
    console.warn(`nothing can be kept on this phone: ${error}`);
    return null;
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
