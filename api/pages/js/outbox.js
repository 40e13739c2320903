/**
 * What a person has decided on this phone and the server does not know yet. It is kept in IndexedDB before it is sent,
 * so that neither a dead spot nor a closed page loses it, and sent again under one Idempotency-Key until the server has
 * answered: so it is carried out once, whatever breaks off in between.
 */

import { ask, randomKey, Refused } from "./api.js";

const RETRY_MS = [2000, 4000, 8000, 15_000, 30_000];

export class Outbox {
  #database = null;
  #items = [];
  #sending = false;
  #tries = 0;
  #timer = 0;

  /**
   * `onChange()` when the list changed; `onDone(item, answer)`, null where it is done and the answer was lost for good;
   * `onRefused(item, error)` when the server said no.
   */
  constructor({ owner, onChange, onDone, onRefused }) {
    Object.assign(this, { owner, onChange, onDone, onRefused });
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => !document.hidden && this.flush());
  }

  async open() {
    this.#database = await opened();
    const all = this.#database ? await done(this.#database.transaction("outbox").objectStore("outbox").getAll()) : [];
    const mine = all.filter((item) => item.owner === this.owner); // another person's decisions wait for that person
    const early = this.#items; // decided before the storage had opened
    this.#items = [...mine.filter(({ key }) => !early.some((item) => item.key === key)), ...early].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    if (early.length) await this.#keep(early);
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

  /** Keep a command and send it. A second one on a ticket that has one waiting is a second tap: the first one counts. */
  async add({ ticket, number, command, body }) {
    if (this.waiting(ticket)) return;
    const item = { key: randomKey(), at: Date.now(), owner: this.owner, ticket, number, command, body };
    this.#items = [...this.#items, item];
    this.onChange();
    await this.#keep([item]);
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

  /** Whether to go on. `failed` is told of the ticket where the server itself failed, or is still at it. */
  async #send(item, failed) {
    try {
      const { data } = await ask("POST", `/tickets/${encodeURIComponent(item.ticket)}/${item.command}`, { body: item.body, key: item.key });
      await this.#drop(item);
      this.onDone(item, data);
      return true;
    } catch (error) {
      const conflict = error.status === 409 ? error.problem : {};
      if (error.passing || conflict.underway) {
        this.onChange();
        const others = error.status >= 500 || Boolean(conflict.underway);
        if (others) failed.add(item.ticket);
        return others;
      }
      if (!(error instanceof Refused)) throw error;
      await this.#drop(item);
      if (conflict.done) this.onDone(item, null);
      else this.onRefused(item, error);
      return true;
    }
  }

  async #drop(item) {
    this.#items = this.#items.filter((other) => other !== item);
    await this.#write((store) => store.delete(item.key));
    this.#tries = 0;
    this.onChange();
  }

  async #keep(items) {
    try {
      await this.#write((store) => items.forEach((item) => store.put(item)));
    } catch (error) {
      console.warn(`this could not be kept on the phone, only in this page: ${error}`); // its storage is full
    }
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
