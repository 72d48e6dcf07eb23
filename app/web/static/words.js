// Puts numbers and names into words.

const NAMES = {
  category: "Family",
  tags: "Tags",
  origin: "Found or made",
  "attributes.weight": "Weight",
  "attributes.brand": "Brand",
};

/** 16436 → “16 436”, in the reader's own manner. */
export function count(number) {
  return new Intl.NumberFormat().format(number);
}

/** (1, "picture") → “1 picture”, (2, "picture") → “2 pictures”. */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** 8.123 → “8 ms”, 1 420 → “1.4 s”. */
export function duration(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The name of a field as a heading: `attributes.line_style` → “Line style”. */
export function fieldName(field) {
  if (NAMES[field]) return NAMES[field];
  const bare = field.replace(/^attributes\./, "").replaceAll("_", " ");
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** A facet's value as text; flags become words. */
export function valueName(value) {
  if (value === true) return "yes";
  if (value === false) return "no";
  return String(value);
}

/** A contribution or score with four digits that matter. */
export function figure(number) {
  return Number(number).toLocaleString(undefined, { maximumSignificantDigits: 4 });
}

/** What an item is called: its title, or the beginning of its text, or its id. */
export function itemName(item) {
  return item.title || (item.text || "").slice(0, 80) || item.id;
}
