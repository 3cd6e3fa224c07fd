// The API, as the console calls it: JSON both ways, problems as errors with words for people, tokens kept good.
import * as session from "./session.js";

/** What went wrong with a request. `code` is stable, `detail` is for people, `fields` maps a field to what is wrong. */
export class ApiError extends Error {
  constructor({ status = 0, code, detail, requestId = null, errors = [], retryAfter = null }) {
    super(detail);
    Object.assign(this, { name: "ApiError", status, code, detail, requestId, retryAfter });
    this.fields = Object.fromEntries(errors.map((each) => [each.field.replace(/^(body|query|path)\./, ""), each.message]));
  }
}

export const UNREACHABLE = "Holdfast does not answer. Check that it is running and that you are online, then try again.";

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });
export const put = (path, body, options) => call("PUT", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
/** A file of the API's, as {text, name}. */
export const file = (path, options) => call("GET", path, { ...options, asFile: true });
export const remove = (path, options) => call("DELETE", path, options);

/** Whether an error only says that nobody waits for the answer any more. */
export const isAborted = (error) => error?.name === "AbortError";

/** All items of a paged list, up to `most`. */
export async function all(path, { query = {}, most = 20000, ...options } = {}) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { ...options, query: { ...query, cursor } });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

async function call(method, path, options = {}) {
  const token = options.anonymous ? null : await session.accessToken();
  try {
    return await send(method, path, options, token);
  } catch (error) {
    // A token can end early: signed out elsewhere, keys rotated. One new one is tried, then it is over.
    if (token === null || error.status !== 401) throw error;
    return send(method, path, options, await session.renewed(token));
  }
}

/** One request. The session uses it too, without a token of its own making. */
export async function send(method, path, { query, body, signal, once, asFile = false } = {}, token = null) {
  const headers = { Accept: "application/json", "X-Request-Id": crypto.randomUUID() };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (once) headers["Idempotency-Key"] = once;
  let response;
  try {
    response = await fetch(address(path, query), {
      method, headers, signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-cache", // asks each time and gets 304 for what has not changed: a page shows what is true now
      credentials: "omit",
    });
  } catch (error) {
    if (isAborted(error)) throw error;
    throw new ApiError({ code: "unreachable", detail: UNREACHABLE, requestId: headers["X-Request-Id"] });
  }
  const text = await response.text();
  if (response.ok && asFile) return { text, name: fileName(response), type: response.headers.get("Content-Type") };
  if (response.ok) return text ? JSON.parse(text) : null;
  throw problem(response, text, headers["X-Request-Id"]);
}

/** Keys for what must not happen twice: the same body sent again has the same key, another one a new key. */
export function keyPerBody() {
  let sent = null;
  let key = null;
  return (body) => {
    const text = JSON.stringify(body);
    if (text !== sent) [sent, key] = [text, crypto.randomUUID()];
    return key;
  };
}

function fileName(response) {
  return /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "holdfast";
}

function address(path, query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

function problem(response, text, sentId) {
  let said = {};
  try {
    said = JSON.parse(text);
  } catch {
    // a proxy's page in place of a problem: its status must do
  }
  return new ApiError({
    status: response.status,
    code: said.code ?? `http_${response.status}`,
    detail: said.detail ?? `Holdfast answered with ${response.status} ${response.statusText}.`.trim(),
    errors: said.errors ?? [],
    requestId: said.request_id ?? response.headers.get("X-Request-Id") ?? sentId,
    retryAfter: response.headers.get("Retry-After"),
  });
}
