// Renders the claims as the markup of index.html.

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @param {any} claims web/claims.json @param {any} recorded web/recorded-claims.json */
export const markup = ({ tables, verdicts }, recorded) =>
  tables.map((table) => tableMarkup(table, verdicts, recorded)).join("");

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
