// Figures in the page's text name the series and the figure of a result that they are:
// `<data data-of="EXPERIMENT TRANSPORT MANNER [RATE]" data-figure="NAME" value="…">`.

import { number } from "../../js/results/labels.js";

/** @typedef {{ of: string, figure: string, value: string, text: string }} Figure */

const FIGURES = /<data data-of="([^"]*)" data-figure="([^"]*)" value="([^"]*)">([^<]*)<\/data>/g;

/** @param {string} html @returns {Figure[]} */
export const figuresIn = (html) =>
  [...html.matchAll(FIGURES)].map(([, of, figure, value, text]) => ({ of, figure, value, text }));

/**
 * Returns the text with the figures of this result. Words instead of digits stay: a person has to
 * read them again.
 * @param {string} html
 * @param {{ series: any[] }} result
 */
export const updated = (html, result) =>
  html.replaceAll(FIGURES, (whole, of, figure, _, text) => {
    const found = valuesOf({ of, figure }, result);
    if (found.length !== 1) return whole;
    const value = number(found[0]).replaceAll(",", "");
    const words = said(text, Number(value));
    return `<data data-of="${of}" data-figure="${figure}" value="${value}">${words}</data>`;
  });

/**
 * The value in place of the digits, with as many decimals.
 * @param {string} text @param {number} value
 */
function said(text, value) {
  const isSeconds = /^[\d.]+ seconds/.test(text);
  return text.replace(/^\d+(?:\.(\d+))?/, (_, decimals = "") =>
    (isSeconds ? value / 1_000 : value).toFixed(decimals.length),
  );
}

/** @param {{ of: string, figure: string }} figure @param {{ series: any[] }} result */
const valuesOf = ({ of, figure }, { series }) =>
  series
    .filter(({ scenario }) => keyOf(scenario) === of)
    .flatMap(({ figures }) => figures.filter(({ name }) => name === figure))
    .map(({ estimate }) => estimate.value);

/**
 * @param {Figure} given
 * @param {{ series: any[] }} result
 * @returns {string[]} what is to be changed
 */
export function wrongWith({ of, figure, value, text }, result) {
  const found = valuesOf({ of, figure }, result);
  if (found.length !== 1) return [`${of}, ${figure}: no such series, or ${found.length} of them`];
  const [now] = found;
  if (!isRounded(Number(value), now))
    return [`${of}, ${figure}: value="${value}" is now "${number(now)}"; it says "${text}"`];
  return agrees(text, Number(value))
    ? []
    : [`${of}, ${figure}: value="${value}" is right, but it says "${text}"`];
}

function keyOf({ experiment, transport, manner, load }) {
  const rate = load["per-second"];
  return [
    experiment,
    transport,
    manner,
    ...(rate ? [String(Number(rate.toPrecision(3)))] : []),
  ].join(" ");
}

/** To three digits, whichever way a half is rounded. */
function isRounded(given, exact) {
  const step = exact && 10 ** (Math.floor(Math.log10(Math.abs(exact))) - 2);
  return Math.abs(given - exact) <= step / 2;
}

/** In digits, as many as it likes, or in words. */
function agrees(text, value) {
  const [, digits, seconds] = /^([\d.]+)( seconds)?/.exec(text) ?? [];
  if (!digits) return true;
  const step = 10 ** -(digits.split(".")[1]?.length ?? 0);
  return Math.abs(Number(digits) - value / (seconds ? 1000 : 1)) <= step / 2;
}
