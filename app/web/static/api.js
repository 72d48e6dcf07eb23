// Calls the service, carries the key where one is needed, and turns every failure into a sentence.

const KEY = "trouvere-key";
let askForKey = () => Promise.resolve(null);

/** An answer that is no success; `message` is for people. */
export class Failure extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/** Say who asks the reader for a key: a function that resolves to the key, or to null. */
export function useDoor(ask) {
  askForKey = ask;
}

/** Tell whether pictures, too, must be asked for with a key. */
export function hasKey() {
  return Boolean(sessionStorage.getItem(KEY));
}

/** Call the service and return its response; throws Failure, or AbortError when `signal` says so. */
export async function call(path, { method = "GET", body, signal } = {}) {
  const response = await send(path, method, body, signal);
  if (response.status === 401) {
    const key = await askForKey();
    if (key) {
      sessionStorage.setItem(KEY, key);
      return checked(await send(path, method, body, signal));
    }
  }
  return checked(response);
}

/** Call the service and return the JSON it answers with. */
export async function json(path, options) {
  return (await call(path, options)).json();
}

async function send(path, method, body, signal) {
  const headers = {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers["Authorization"] = `Bearer ${key}`;
  // A form is sent as it is: the browser writes the boundary between its parts.
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const content = body === undefined || isForm ? body : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers, body: content, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("The service does not answer. Is it still running?");
  }
}

async function checked(response) {
  if (response.ok) return response;
  if (response.status === 401) sessionStorage.removeItem(KEY);
  throw new Failure(await sentence(response), response.status);
}

async function sentence(response) {
  const wait = response.headers.get("Retry-After");
  if (response.status === 429) {
    return wait ? `Too much is waiting. Try again in ${wait} s.` : "Too much is waiting. Try again shortly.";
  }
  try {
    const problem = await response.json();
    const said = problem.error?.message ?? problem.detail ?? problem.title;
    if (said) return said;
  } catch {
    // No JSON: the status is all that is known.
  }
  return `The service answered with ${response.status} ${response.statusText}.`;
}
