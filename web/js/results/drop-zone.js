// Files that a visitor drops on an element, or selects in a field.

/**
 * @param {HTMLElement} zone
 * @param {HTMLInputElement} field
 * @param {(files: File[]) => void} open
 */
export function dropZone(zone, field, open) {
  field.addEventListener("change", () => open([...(field.files ?? [])]));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    open([...(event.dataTransfer?.files ?? [])]);
  });
}
