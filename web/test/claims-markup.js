// Renders the claims as the markup of index.html.

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @param {any} claims web/claims.json @param {any} recorded web/recorded-claims.json */
export const markup = ({ tables, verdicts }, recorded) => tables.map((table) => tableMarkup(table, verdicts, recorded)).join("");

function tableMarkup({ id, caption, columns, rows }, verdicts, recorded) {
  const heads = Object.entries(columns).map(([name, title]) => `<th scope="col" role="columnheader">${shape(name)}${title}</th>`);
  const lines = rows.map(({ title, claims }) => {
    const cells = claims.map((claim, index) => cell(claim, Object.entries(columns)[index], verdicts, recorded));
    return `        <tr role="row"><th scope="row" role="rowheader">${title}</th>\n${cells.join("")}        </tr>\n`;
  });
  return `      <h3 id="claims-${id}">${caption}</h3>
      <table class="claims" role="table" aria-labelledby="claims-${id}">
        <thead role="rowgroup"><tr role="row"><td role="cell"></td>${heads.join("")}</tr></thead>
        <tbody role="rowgroup">
${lines.join("")}        </tbody>
      </table>
`;
}

function cell({ id, claim, verdict, because, experiment, command }, [column, title], verdicts, recorded) {
  const show = experiment ? `<button type="button" data-action="show" aria-label="Show me: ${escaped(claim)} (${title})">Show me</button>` : "";
  const terminal = command ? `<button type="button" data-action="copy" data-command="${escaped(command)}" title="Copies: ${escaped(command)}">Command</button>` : "";
  return `          <td role="cell" id="claim-${id}" data-claim="${id}" data-experiment="${experiment ?? ""}">
            <p class="of">${shape(column)}${title}</p>
            <p class="claim">${escaped(claim)} <a href="#claim-${id}" aria-label="Link to this claim: ${escaped(claim)} (${title})">#</a></p>
            <p><span class="chip" data-verdict="${verdict}">${verdicts[verdict]}</span></p>
            <p class="because">${escaped(because)}</p>
            <p class="live" data-field="live">${experiment ? "Not measured here yet." : escaped(onTheTerminal(id, recorded))}</p>
            <p class="actions">${show}${terminal}</p>
          </td>
`;
}

const onTheTerminal = (id, { date, machine, because }) => `A page cannot measure this. Recorded on the terminal on ${date} (${machine}): ${because[id]}`;

const shape = (column) => (["longpoll", "sse", "ws"].includes(column) ? `<span class="shape" data-shape="${column}"></span>` : "");
