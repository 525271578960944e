// Sets a saved theme before the first paint, which a module would do too late. Changing it is in
// bar/buttons.js.

try {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
} catch {
  // Storage is forbidden here: the system's theme it is.
}
