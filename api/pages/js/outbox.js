/**
 * What a person has decided on this phone and the server does not know yet. It is kept in IndexedDB before it is sent,
 * so that neither a dead spot nor a closed page loses it, and sent again until the server has answered. Commands are
 * idempotent on the server: sending one twice means the same as once.
 */

import { ask, Refused } from "./api.js";

const RETRY_MS = [2000, 4000, 8000, 15_000, 30_000];

export class Outbox {
  #database = null;
  #items = [];
  #sending = false;
  #tries = 0;
  #timer = 0;

  /** `onChange()` when the list changed; `onDone(item, ticket)`; `onRefused(item, error)` when the server said no. */
  constructor({ owner, onChange, onDone, onRefused }) {
    Object.assign(this, { owner, onChange, onDone, onRefused });
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => !document.hidden && this.flush());
  }

  async open() {
    this.#database = await opened();
    const all = this.#database ? await done(this.#database.transaction("outbox").objectStore("outbox").getAll()) : [];
    this.#items = all.filter((item) => item.owner === this.owner); // another person's decisions wait for that person
    this.onChange();
    this.flush();
  }

  get size() {
    return this.#items.length;
  }

  /** The command that waits for this ticket, or null. */
  waiting(ticketId) {
    return this.#items.find((item) => item.ticket === ticketId) ?? null;
  }

  /** Keep a command and send it. The same command on the same ticket is kept once, with its newest content. */
  async add({ ticket, number, command, body }) {
    const item = { key: `${this.owner}/${ticket}/${command}`, owner: this.owner, ticket, number, command, body };
    try {
      await this.#write((store) => store.put(item));
    } catch (error) {
      console.warn(`this could not be kept on the phone, only in this page: ${error}`); // its storage is full
    }
    this.#items = [...this.#items.filter(({ key }) => key !== item.key), item];
    this.onChange();
    this.#tries = 0;
    await this.flush();
  }

  /**
   * Send what waits, oldest first; stop at the first that cannot get through and come back to it. What the server fails
   * at, such as a photo that it cannot redact, waits with all else of its ticket and keeps no other ticket waiting.
   */
  async flush() {
    if (this.#sending || !this.#items.length) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      const failed = new Set();
      let item;
      while ((item = this.#items.find(({ ticket }) => !failed.has(ticket))) && (await this.#send(item, failed)));
    } finally {
      this.#sending = false;
    }
    if (this.#items.length) this.#timer = setTimeout(() => this.flush(), RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)]);
  }

  /** Whether to go on. `failed` is told of the ticket where the server itself failed. */
  async #send(item, failed) {
    try {
      const { data } = await ask("POST", `/tickets/${encodeURIComponent(item.ticket)}/${item.command}`, { body: item.body });
      await this.#drop(item);
      this.onDone(item, data);
      return true;
    } catch (error) {
      if (error.passing) {
        this.onChange();
        if (error.status >= 500) failed.add(item.ticket);
        return error.status >= 500;
      }
      if (!(error instanceof Refused)) throw error;
      await this.#drop(item);
      this.onRefused(item, error);
      return true;
    }
  }

  async #drop(item) {
    this.#items = this.#items.filter((other) => other !== item);
    await this.#write((store) => store.delete(item.key));
    this.#tries = 0;
    this.onChange();
  }

  /** Kept means on the disk: the phone may die in the next moment. */
  #write(change) {
    if (!this.#database) return Promise.resolve();
    const transaction = this.#database.transaction("outbox", "readwrite", { durability: "strict" });
    change(transaction.objectStore("outbox"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** The database, or null where the browser allows none (private windows): then things wait in memory only. */
async function opened() {
  try {
    const request = indexedDB.open("sanxun", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("outbox", { keyPath: "key" });
    return await done(request);
  } catch (error) {
    console.warn(`nothing can be kept on this phone: ${error}`);
    return null;
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
