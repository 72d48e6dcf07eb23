// Keeps what is searched for in the address, so that it can be shared, bookmarked and gone back to.

/** A search: words, or the id of an item to be like, and filters as {field, value}. */
export function readAddress(text = location.search) {
  const parameters = new URLSearchParams(text);
  return {
    query: (parameters.get("q") ?? "").slice(0, 1000),
    like: parameters.get("like") || null,
    filters: parameters.getAll("f").map(readFilter).filter(Boolean),
  };
}

/** Put a search into the address; `replace` leaves no step to go back to. */
export function writeAddress(search, replace = false) {
  const address = addressOf(search);
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

/** The address of a search, for links. */
export function addressOf({ query, like, filters }) {
  const parameters = new URLSearchParams();
  if (query) parameters.set("q", query);
  if (like) parameters.set("like", like);
  for (const { field, value } of filters) parameters.append("f", `${field}:${writeValue(value)}`);
  const text = parameters.toString();
  return text ? `/?${text}` : "/";
}

/** The filter tree of the service: values of one field are alternatives, fields come together. */
export function filterTree(filters) {
  const byField = new Map();
  for (const { field, value } of filters) byField.set(field, [...(byField.get(field) ?? []), value]);
  const parts = [...byField].map(([field, values]) => ({ in: { [field]: values } }));
  return parts.length > 1 ? { all: parts } : parts[0];
}

export function sameFilter(one, other) {
  return one.field === other.field && one.value === other.value;
}

function readFilter(text) {
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  return { field: text.slice(0, colon), value: readValue(text.slice(colon + 1)) };
}

// A value is written bare unless that would read as another kind: yes → yes, true → true, "true" → "true".
function readValue(text) {
  try {
    const value = JSON.parse(text);
    if (["string", "number", "boolean"].includes(typeof value)) return value;
  } catch {
    // Bare words are no JSON.
  }
  return text;
}

function writeValue(value) {
  if (typeof value !== "string") return JSON.stringify(value);
  return readValue(value) === value ? value : JSON.stringify(value);
}
