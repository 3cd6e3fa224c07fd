// Who is signed in, and the tokens that requests are signed with.
//
// Where tokens are kept: the access token (15 minutes) only in this module's memory. The refresh token (one use, 30
// days) in sessionStorage, so that reloading the page does not sign you out, and closing the tab does. Not in
// localStorage: it would outlive the browser on a shared machine, and all tabs would race to use one token, which counts
// as theft and ends the session. A script of somebody else's could read either store; the page's Content-Security-Policy
// is what keeps such scripts out.
import { ApiError, send } from "./api.js";

const STORE = "holdfast.session";
const EARLY = 30_000; // renew this long before the end: clocks differ, and requests take time
const changed = new EventTarget();

let tokens = null; // {access, until, refresh, id}
let person = null; // what /v1/auth/me said
let renewing = null;
let owned = null; // the session that this page holds the lock of

export const me = () => person;
export const isAdmin = () => person?.role === "admin";
/** Calls `listener` whenever somebody signs in or out. */
export const onChange = (listener) => changed.addEventListener("change", listener);

/** Takes up the session of before a reload, if there is one. */
export async function resume() {
  const kept = read();
  if (kept === null) return;
  if (!(await own(kept.id))) {
    // "Duplicate tab" copied the token. If both tabs used it, the session would end in both: this one steps back.
    forget();
    return;
  }
  tokens = { access: null, until: 0, ...kept };
  try {
    await renew();
    await introduce();
  } catch (error) {
    if (error.status !== 401) throw error; // unreachable is not signed out: the token stays for the next try
  }
}

export async function register(body) {
  await begin(await send("POST", "/v1/auth/register", { body }));
}

export async function signIn(body) {
  await begin(await send("POST", "/v1/auth/login", { body }));
}

/** Goes on with the session that a change of password answered with. */
export async function replace(answer) {
  await begin(answer);
}

export async function signOut(everywhere = false) {
  const refresh = tokens?.refresh;
  if (renewing) await renewing.catch(() => {});
  const current = tokens?.refresh ?? refresh;
  if (current) await send("POST", "/v1/auth/logout", { body: { refresh_token: current, everywhere } });
  end();
}

/** A good access token, or null for somebody not signed in. */
export async function accessToken() {
  if (tokens === null) return null;
  if (Date.now() > tokens.until - EARLY) await renew();
  return tokens?.access ?? null;
}

/** Another token in place of one that was refused. */
export async function renewed(refused) {
  if (tokens === null) throw new ApiError({ status: 401, code: "signed_out", detail: "You are signed out." });
  if (tokens.access === refused) await renew();
  return tokens.access;
}

/** One at a time: a second use of a refresh token would end the session. */
function renew() {
  renewing ??= exchange().finally(() => { renewing = null; });
  return renewing;
}

async function exchange() {
  try {
    keep(await send("POST", "/v1/auth/refresh", { body: { refresh_token: tokens.refresh } }));
  } catch (error) {
    if (error.status === 401) end();
    throw error;
  }
}

async function begin(answer) {
  keep(answer);
  await own(tokens.id);
  await introduce();
}

async function introduce() {
  person = await send("GET", "/v1/auth/me", {}, tokens.access);
  changed.dispatchEvent(new Event("change"));
}

function keep(answer) {
  const id = tokens?.id ?? crypto.randomUUID();
  tokens = { id, access: answer.access_token, until: Date.now() + answer.expires_in * 1000, refresh: answer.refresh_token };
  sessionStorage.setItem(STORE, JSON.stringify({ id, refresh: tokens.refresh }));
}

function end() {
  const was = person;
  forget();
  if (was) changed.dispatchEvent(new Event("change"));
}

function forget() {
  tokens = null;
  person = null;
  sessionStorage.removeItem(STORE);
}

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(STORE));
    return kept?.id && kept?.refresh ? kept : null;
  } catch {
    return null;
  }
}

/** Claims a session for this tab for as long as the page lives. A reload lets go of it a moment before it asks again. */
function own(id) {
  if (!navigator.locks || owned === id) return Promise.resolve(true);
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), 1500);
    navigator.locks.request(`holdfast.${id}`, { signal: waiting.signal }, () => {
      clearTimeout(timer);
      owned = id;
      resolve(true);
      return new Promise(() => {}); // held until the page goes
    }).catch(() => resolve(false));
  });
}
