// Records what the page replays where no service is: each experiment, and some seconds of the lanes. It uses the page's
// own modules and nothing else.
const [names, seconds, rate] = JSON.parse(arguments[0]);

const link = { delay: 50, jitter: 0, bandwidth: null };

/** Notes what a lane is told, from now on. */
function listen(lane, tape, start) {
  const note = (at, ...what) => tape.push([Math.round((at - start) * 1000) / 1000, ...what]);
  const { request, receive } = lane;
  const { end } = lane.trace;
  lane.request = (at) => (note(at, "request"), request.call(lane, at));
  lane.trace.end = (at) => (note(at, "end"), end.call(lane.trace, at));
  lane.receive = (message, at, page) => {
    const sent = message.message?.page === page ? [Math.round((message.message.sent - start) * 1000) / 1000] : [];
    note(at, "message", ...sent);
    return receive.call(lane, message, at, page);
  };
}

async function record() {
  const { openPage, run } = await import("/js/page.js");
  const { placeOf } = await import("/js/bench/place.js");
  const { now } = await import("/js/clock.js");
  const place = await placeOf({ href: location.origin });
  const page = await openPage();
  const { store, laboratory, gate } = page;
  run(page);
  while (!store.lanes.every(({ state }) => state === "open")) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const name of names) {
    await laboratory.run(name);
    if (laboratory.failure) throw new Error(laboratory.failure);
  }
  store.set({ rate, ...(gate && { link }) });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const start = now();
  const lanes = Object.fromEntries(store.lanes.map((lane) => [lane.name, []]));
  for (const lane of store.lanes) listen(lane, lanes[lane.name], start);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { delay = 0, jitter = 0 } = gate ? link : {};
  const conditions = { rate, size: store.settings.size, link: { delay_ms: delay, jitter_ms: jitter, bytes_per_second: null } };
  const taped = Object.fromEntries(Object.entries(lanes).map(([name, tape]) => [name, tape.slice()]));
  return { place, results: Object.fromEntries(laboratory.results), conditions, length: seconds * 1_000, lanes: taped };
}

record().then((recording) => (window.recording = recording), (error) => (window.recording = { failed: String(error.stack) }));
