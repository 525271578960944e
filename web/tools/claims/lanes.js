// The parts of web/index.html that exist once for each lane. They are written into the document: if
// a script cloned them from templates, a browser that waits for the script would paint the page
// without them, and everything below would move.

const LANES = [
  {
    lane: "longpoll",
    title: "Long polling",
    short: "Long polling",
    how: "one request per response",
  },
  { lane: "sse", title: "Server-Sent Events", short: "SSE", how: "one endless response" },
  { lane: "ws", title: "WebSocket", short: "WebSocket", how: "one connection, both ways" },
];

/** The rows of the table of numbers: name, title, first value, and whether they are for tokens. */
const FIGURES = [
  ["token-first", "First token", "–", " hidden"],
  ["token-median", "Between tokens, median", "–", " hidden"],
  ["token-p99", "Between tokens, p99 after 20 s", "–", " hidden"],
  ["token-lumps", "Tokens less than 1 ms after another", "–", " hidden"],
  ["latency-median", "Median latency", "–"],
  ["latency-last", "Last latency", "–"],
  ["age", "Age of the newest message", "–"],
  ["age-median", "Median age of newest message", "–"],
  ["bytes", "Bytes on the wire per message", "–"],
  ["wire", "Bytes on the wire", "–"],
  ["reconnects", "Reconnects", "0"],
  ["resets", "Resets", "0"],
  ["missing", "Missing", "0"],
  ["duplicates", "Duplicates", "0"],
];

/** @typedef {typeof LANES[number]} Lane */

/** @param {Lane} lane */
const shape = ({ lane }) => `<span class="shape" data-shape="${lane}"></span>`;

/** @param {(lane: Lane) => string} of */
const each = (of) => LANES.map(of).join("");

/** @param {Lane} lane */
const track = (lane) => `\
      <span class="track" data-lane-name="${lane.lane}" aria-hidden="true">\
${shape(lane)}<canvas></canvas><span class="state">off</span></span>
`;

/** @param {Lane} lane */
const timeline = (lane) => `\
        <section class="lane" data-lane="${lane.lane}" aria-labelledby="${lane.lane}-title">
          <header>
            <h3 id="${lane.lane}-title">${shape(lane)}${lane.title}</h3>
            <p class="state" data-field="state">off</p>
            <button type="button" data-action="toggle">Connect</button>
            <p class="how">${lane.how}</p>
          </header>
          <dl class="counters">
            <div><dt data-field="requests-name">requests</dt><dd data-field="requests">0</dd></div>
            <div><dt data-field="count-name">messages</dt><dd data-field="count">0</dd></div>
            <div title="Bytes on the wire per message, last minute">\
<dt>per message</dt><dd data-field="each">–</dd></div>
            <div title="Median latency, last minute">\
<dt>median</dt><dd data-field="median">–</dd></div>
          </dl>
          <button type="button" class="picture" aria-describedby="picture-help">\
<canvas aria-hidden="true"></canvas></button>
          <div class="companion" data-field="companion" hidden>\
<p>naive: <span data-field="companion-state"></span></p><canvas aria-hidden="true"></canvas></div>
          <p class="notice" data-field="notice" hidden></p>
        </section>
`;

const numbers = () => `\
        <thead><tr><td></td>\
${each((lane) => `<th scope="col">${shape(lane)}${lane.short}</th>`)}</tr></thead>
        <tbody>
${FIGURES.map(figure).join("")}        </tbody>
`;

/** @param {string[]} row */
const figure = ([name, title, first, hidden = ""]) => `\
          <tr data-figure="${name}"${hidden}><th scope="row">${title}</th>\
${each(({ lane }) => `<td data-of="${lane}">${first}</td>`)}</tr>
`;

/** @param {Lane} lane */
const messages = (lane) => `\
          <section data-messages="${lane.lane}" aria-labelledby="${lane.lane}-messages">
            <h3 id="${lane.lane}-messages">${shape(lane)}${lane.title}\
<span class="visually-hidden">: latest messages</span></h3>
            <ol class="messages" data-field="messages"></ol>
          </section>
`;

/** @param {Lane} lane */
const bytes = (lane) => `\
        <figure data-anatomy="${lane.lane}" data-lane-name="${lane.lane}">
          <figcaption><span>${shape(lane)} ${lane.title}</span> \
<span class="sum">–</span></figcaption>
          <div class="to-scale" aria-hidden="true"></div>
          <details><summary>Show bytes<span class="visually-hidden"> over ${lane.title}</span>\
</summary><pre tabindex="0" role="region" \
aria-label="Bytes of one message over ${lane.title}"></pre></details>
        </figure>
`;

/** The head of a table with a column for each lane. @param {number} indent */
const heads = (indent) => `\
${" ".repeat(indent)}<thead role="rowgroup"><tr role="row"><td role="cell"></td>\
${each((lane) => `<th scope="col" role="columnheader">${shape(lane)}${lane.title}</th>`)}\
</tr></thead>
`;

const PARTS = {
  strip: () => each(track),
  timelines: () => each(timeline),
  numbers,
  messages: () => each(messages),
  figures: () => each(bytes),
  reasons: () => heads(10),
  others: () => heads(12),
};

/** @param {string} html */
export const withLanes = (html) =>
  Object.entries(PARTS).reduce((text, [name, part]) => {
    const written = new RegExp(`( *<!-- lanes: ${name} -->\n)[^]*?( *<!-- end of ${name} -->)`);
    if (!written.test(text)) throw new Error(`nothing looks like ${written}`);
    return text.replace(written, (_, begin, end) => begin + part() + end);
  }, html);
