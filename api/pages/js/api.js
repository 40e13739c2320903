/** The one door to the server: JSON in, JSON out, and errors that say what happened in the reader's language. */

import { t } from "./i18n.js";
import { learnClock } from "./time.js";
import "./words/common.js";

const BASE = "/api/v1";
const TIMEOUT_MS = 15_000;
const LARGE_TIMEOUT_MS = 120_000; // a photo on a slow line, a file
const LARGE_CHARACTERS = 32_768;
const LEAVE_MS = 2000;

/** The server answered, and the answer is no. `status` is HTTP's; `detail` is the server's own sentence. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }

  /** Worth sending again unchanged: the server is ill or busy, or wants a sign-in first. */
  get passing() {
    return this.status >= 500 || [401, 408, 425, 429].includes(this.status);
  }
}

/** No answer at all: no network, or the server is away. */
export class Unreachable extends Error {
  passing = true;
}

/** One sentence for a person. */
export function explain(error) {
  if (error instanceof Unreachable) return t("error.offline");
  if (!(error instanceof Refused)) throw error; // a fault of ours: the console and the tests must see it
  if (error.status >= 500) return t("error.server", { status: error.status });
  if (error.status === 403) return t("error.forbidden");
  if (error.status === 409 && error.problem.state) return t("error.state", { state: t(`state.${error.problem.state}`) });
  return t("error.refused", { detail: error.message });
}

/**
 * Ask the server. Answers {status, data, etag}; `data` is null for 204 and 304. `key` makes a POST sent twice be done
 * once; `file` is sent instead of a `body`. Raises Refused or Unreachable. A 401 is also told to the document as
 * "sanxun:signedout"; whoever must enrol a second factor first is led to where that is done.
 */
export async function ask(method, path, { body, file, etag, ifMatch, key } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (file) headers["Content-Type"] = file.type || "application/octet-stream";
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-None-Match"] = etag;
  if (ifMatch) headers["If-Match"] = ifMatch;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await send(path, {
    method, headers, cache: "no-store", credentials: "same-origin", redirect: "error", body: file ?? text,
    signal: AbortSignal.timeout(file || text?.length > LARGE_CHARACTERS ? LARGE_TIMEOUT_MS : TIMEOUT_MS),
  });
  learnClock(response.headers.get("Date"));
  if (response.status === 401 && path !== "/session") document.dispatchEvent(new Event("sanxun:signedout"));
  const data = await read(response);
  if (response.status === 403 && data?.enrol && location.pathname !== "/account") location.assign("/account");
  if (!response.ok && response.status !== 304) throw new Refused(response.status, data ?? {});
  return { status: response.status, data, etag: response.headers.get("ETag") };
}

/** Ask for a file; answers its Blob. It may be large, so it may take longer. Raises as `ask` does. */
export async function askBlob(method, path, { body } = {}) {
  const response = await send(path, {
    method, headers: { Accept: "*/*", "Content-Type": "application/json" }, cache: "no-store", credentials: "same-origin",
    redirect: "error", body: JSON.stringify(body), signal: AbortSignal.timeout(LARGE_TIMEOUT_MS),
  });
  if (response.status === 401) document.dispatchEvent(new Event("sanxun:signedout"));
  if (!response.ok) throw new Refused(response.status, (await read(response)) ?? {});
  try {
    return await response.blob();
  } catch (error) {
    throw new Unreachable(`the file broke off: ${error}`);
  }
}

/** For `ask`'s `key`. crypto.randomUUID is there only on HTTPS; a town's own network may not have it yet. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const underway = new Set();
let closed = false;

/**
 * Before the session ends: from now on nothing is asked but its end, and what is underway is waited for, 2 s at most.
 * The document hears of it as "sanxun:leaving", for what holds connections of its own.
 */
export async function closeTheDoor() {
  closed = true;
  document.dispatchEvent(new Event("sanxun:leaving"));
  await Promise.race([Promise.allSettled(underway), new Promise((done) => setTimeout(done, LEAVE_MS))]);
}

async function send(path, options) {
  if (closed && options.method !== "DELETE") return new Promise(() => {}); // the page is being left
  const answer = fetch(BASE + path, options);
  underway.add(answer);
  try {
    return await answer;
  } catch (error) {
    throw new Unreachable(String(error));
  } finally {
    underway.delete(answer);
  }
}

async function read(response) {
  if (response.status === 204 || response.status === 304) return null;
  try {
    return await response.json();
  } catch (error) {
    if (response.ok) throw new Unreachable(`the answer broke off: ${error}`);
    return null;
  }
}

const PAGE = 200;

/** A paged list to its end: what its first page says, with the items of all pages. Raises as `ask` does. */
export async function askAll(path) {
  const { data } = await ask("GET", `${path}?limit=${PAGE}`);
  for (let { next } = data; next;) {
    const further = (await ask("GET", `${path}?limit=${PAGE}&cursor=${encodeURIComponent(next)}`)).data;
    data.items.push(...further.items);
    ({ next } = further);
  }
  return data;
}

/** A reader of one address that sends back the tag of what it has: an unchanged answer costs a few bytes. */
export function poller(path) {
  let held = { etag: null, data: null };
  return async () => {
    const { status, data, etag } = await ask("GET", path, { etag: held.etag });
    if (status !== 304) held = { etag, data };
    return held.data;
  };
}
