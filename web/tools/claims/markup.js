// Renders the claims as the markup of index.html.

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @param {any} claims web/claims.json @param {any} recorded web/recorded-claims.json */
export const markup = ({ tables, verdicts }, recorded) =>
  tables
    .map((table) =>
      table.columns
        ? tableMarkup(table, verdicts, recorded)
        : sentencesMarkup(table, verdicts, recorded),
    )
    .join("");

const INTRODUCTION =
  "Sentences of others, in our words. The verdicts follow from recorded results, by the same " +
  "rules: see <code>docs/claims.md</code>.";

function sentencesMarkup({ id, caption, rows }, verdicts, recorded) {
  const heads = ["Who", "Sentence and verdict", "Measured"].map(
    (title) => `<th scope="col" role="columnheader">${title}</th>`,
  );
  const lines = rows.flatMap(({ title, source, claims }) =>
    claims.map((claim) => sentence(claim, { title, source }, verdicts, recorded)),
  );
  return `      <h3 id="claims-${id}">${caption}</h3>
      <p class="note">${INTRODUCTION}</p>
      <table class="claims elsewhere" role="table" aria-labelledby="claims-${id}">
        <thead role="rowgroup"><tr role="row">${heads.join("")}</tr></thead>
        <tbody role="rowgroup">
${lines.join("")}        </tbody>
      </table>
`;
}

function sentence(
  { id, about, claim, verdict, because, command },
  { title, source: { name, date, url } },
  verdicts,
  recorded,
) {
  const said = escaped(claim);
  const link = `<a href="#claim-${id}" aria-label="Link to this sentence: ${said}">#</a>`;
  const data = `id="claim-${id}" data-claim="${id}" data-experiment=""`;
  const terminal = command ? button("copy", copies(escaped(command)), "Command") : "";
  const limits = command ? "" : `<a href="#limits">Limits of the browser</a>`;
  return `        <tr role="row" ${data}>
          <th scope="row" role="rowheader">${shape(about)}${title}
            <p class="source"><a href="${url}">${name}</a>, ${date}</p></th>
          <td role="cell">
            <p class="claim">${said} ${link}</p>
            <p><span class="chip" data-verdict="${verdict}">${verdicts[verdict]}</span></p>
            <p class="because">${escaped(because)}</p>
          </td>
          <td role="cell">
            <p class="because">${escaped(recorded.elsewhere[id])}</p>
            <p class="actions">${terminal}${limits}</p>
          </td>
        </tr>
`;
}

function tableMarkup({ id, caption, columns, rows }, verdicts, recorded) {
  const heads = Object.entries(columns).map(
    ([name, title]) => `<th scope="col" role="columnheader">${shape(name)}${title}</th>`,
  );
  const lines = rows.map(({ title, claims }) => {
    const cells = claims.map((claim, index) =>
      cell(claim, Object.entries(columns)[index], verdicts, recorded),
    );
    const head = `<th scope="row" role="rowheader">${title}</th>`;
    return `        <tr role="row">${head}\n${cells.join("")}        </tr>\n`;
  });
  return `      <h3 id="claims-${id}">${caption}</h3>
      <table class="claims" role="table" aria-labelledby="claims-${id}">
        <thead role="rowgroup"><tr role="row"><td role="cell"></td>${heads.join("")}</tr></thead>
        <tbody role="rowgroup">
${lines.join("")}        </tbody>
      </table>
`;
}

function cell(
  { id, claim, verdict, because, experiment, command },
  [column, title],
  verdicts,
  recorded,
) {
  const named = `${escaped(claim)} (${title})`;
  const data = `id="claim-${id}" data-claim="${id}" data-experiment="${experiment ?? ""}"`;
  const link = `<a href="#claim-${id}" aria-label="Link to this claim: ${named}">#</a>`;
  const live = experiment ? "Not measured here yet." : escaped(onTheTerminal(id, recorded));
  const show = experiment ? button("show", `aria-label="Show me: ${named}"`, "Show me") : "";
  const terminal = command ? button("copy", copies(escaped(command)), "Command") : "";
  return `          <td role="cell" ${data}>
            <p class="of">${shape(column)}${title}</p>
            <p class="claim">${escaped(claim)} ${link}</p>
            <p><span class="chip" data-verdict="${verdict}">${verdicts[verdict]}</span></p>
            <p class="because">${escaped(because)}</p>
            <p class="live" data-field="live">${live}</p>
            <p class="actions">${show}${terminal}</p>
          </td>
`;
}

const button = (action, attributes, label) =>
  `<button type="button" data-action="${action}" ${attributes}>${label}</button>`;

const copies = (command) => `data-command="${command}" title="Copies: ${command}"`;

const onTheTerminal = (id, { date, machine, because }) =>
  `A page cannot measure this. Recorded on the terminal on ${date} (${machine}): ${because[id]}`;

const shape = (column) =>
  ["longpoll", "sse", "ws"].includes(column)
    ? `<span class="shape" data-shape="${column}"></span>`
    : "";
