// What each lane of the page shows at this moment.
function shown(lane) {
  const name = lane.dataset.lane;
  const field = (name) => lane.querySelector(`[data-field="${name}"]`);
  const figure = (figure) => document.querySelector(`[data-figure="${figure}"] [data-of="${name}"]`);
  const text = (name) => (field(name) ?? figure(name)).textContent;
  const number = (name) => Number(text(name));
  const messages = [...document.querySelector(`[data-messages="${name}"] ol`).children].map((li) => {
    const [, body, latency] = li.children;
    return { offset: li.dataset.offset, text: body.textContent, latency: latency.textContent };
  });
  return {
    state: text("state"),
    notice: field("notice").checkVisibility() ? text("notice") : "",
    count: number("count"),
    missing: number("missing"),
    duplicates: number("duplicates"),
    requests: number("requests"),
    reconnects: number("reconnects"),
    median: text("latency-median"),
    in_order: lane.dataset.inOrder,
    last_offset: lane.dataset.lastOffset,
    messages,
  };
}
// What is folded away is not drawn.
document.querySelector("[data-messages]").closest("details").open = true;
// Without a state, the page has not begun to draw.
const lanes = [...document.querySelectorAll("[data-lane][data-state]")];
return Object.fromEntries(lanes.map((lane) => [lane.dataset.lane, shown(lane)]));
