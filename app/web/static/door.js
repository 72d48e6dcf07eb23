// Asks for the key of a service that is guarded by one.

import { useDoor } from "./api.js";
import { byId } from "./element.js";

let waiting = null;

/** Answer every call that needs a key by one dialog. */
export function watchDoor() {
  useDoor(() => (waiting ??= ask().finally(() => (waiting = null))));
}

function ask() {
  const dialog = byId("door");
  const field = byId("key");
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(field.value.trim() || null), { once: true });
  });
}
