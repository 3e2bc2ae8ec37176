// Glue between the data of this page, its selectors, Tabulator (tables) and Plotly (curves).
// Names from outside reach the page as text only: textContent, Tabulator's escaping formatters,
// and for Plotly the labels that were escaped when the data was made.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("selectors");
const axes = document.getElementById("axes");
const bys = document.getElementById("bys");
const NONE = "–";
const BY = { score: "the score", truth: "the truth", unharmed: "the score, unharmed" };
const OPEN = 2; // objectives: of more, all are folded
const LONG = 12; // rows from which on a table has a filter
const narrow = matchMedia("(max-width: 640px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const boxes = new Map(); // objective -> its <details>
const tables = new Map(); // objective -> the table of its strategies
const touched = {}; // axes that the reader has chosen, instead of what suits each objective
let board;

// selectors

function radios(id, name, texts, chosen) {
  const place = document.getElementById(id);
  texts.forEach((text, nth) => {
    const label = place.appendChild(document.createElement("label"));
    const input = label.appendChild(document.createElement("input"));
    Object.assign(input, { type: "radio", name, value: nth, checked: nth === chosen });
    label.append(text);
  });
  place.hidden = texts.length < 2;
}

function choices() {
  const panel = data.panels[Number(form.elements.price?.value ?? 0)];
  const share = Number(form.elements.share.value);
  const ways = Object.keys(panel.boards);
  return { panel, share, by: ways[Number(bys.elements.by?.value ?? 0)] ?? ways[0] };
}

function fillSelectors() {
  const prices = data.panels.map((panel) => panel.price);
  radios("prices", "price", prices.map(String), Math.max(prices.indexOf(1), 0));
  const shares = data.shares.map((share) => `${100 * share} %`);
  radios("shares", "share", shares, shares.length - 1);
  const ways = Object.keys(data.panels[0].boards);
  radios("by", "by", ways.map((way) => BY[way]), 0);
  const place = document.getElementById("charts");
  for (const name of data.objectives) {
    const box = place.appendChild(document.createElement("details"));
    box.className = "objective";
    const head = box.appendChild(document.createElement("summary"));
    head.appendChild(document.createElement("h3")).textContent = name;
    head.appendChild(document.createElement("span")).className = "first";
    box.appendChild(document.createElement("div")).className = "summary";
    box.appendChild(document.createElement("div")).className = "chart";
    boxes.set(name, box);
    box.open = data.objectives.length <= OPEN;
    box.addEventListener("toggle", () => box.open && box.dataset.drawn !== asText(choices()) && drawObjective(name, choices()));
  }
  document.getElementById("all").hidden = data.objectives.length <= OPEN;
}

// tables

const number = (text) => (text === "inf" ? Infinity : text === "-inf" ? -Infinity : parseFloat(text));

// Numbers by their size, whatever stands behind them; what is no number goes last, both ways.
function byNumber(a, b, rowA, rowB, column, direction) {
  const [x, y] = [number(a), number(b)];
  const last = direction === "asc" ? 1 : -1;
  if (isNaN(x) || isNaN(y)) return isNaN(x) === isNaN(y) ? 0 : isNaN(x) ? last : -last;
  return x - y;
}

function column({ title, numeric, tip }, nth) {
  const own = numeric ? { hozAlign: "right", headerHozAlign: "right", sorter: byNumber } : {};
  const formatter = numeric ? "plaintext" : "textarea";
  return { title: title, field: `c${nth}`, formatter, headerTooltip: tip || false, ...own };
}

const asRow = (cells) => Object.fromEntries(cells.map((text, nth) => [`c${nth}`, text]));

function buildTable(place, columns, rows, options = {}) {
  return new Tabulator(place, {
    data: rows.map(asRow),
    columns,
    layout: "fitDataTable",
    nestedFieldSeparator: false,
    columnDefaults: { maxWidth: narrow.matches ? 220 : 460, sorter: "string", resizable: false, titleFormatter: "plaintext" },
    ...(rows.length > 60 ? { maxHeight: "75vh" } : {}),
    ...options,
  });
}

// A table is drawn when its section is first seen: one that is hidden has no width to fit.
function showChapters(price) {
  for (const part of document.querySelectorAll("[data-price]")) {
    part.hidden = Number(part.dataset.price) !== price;
  }
  for (const place of document.querySelectorAll(".table[data-chapter]:not(.tabulator)")) {
    const { columns, rows } = data.chapters[place.dataset.chapter];
    if (!place.offsetParent) continue;
    const built = buildTable(place, columns.map(column), rows);
    if (rows.length > LONG) addFilter(place, built);
  }
}

// A filter of the rows in which any cell holds what was typed.
function addFilter(place, built) {
  const label = document.createElement("label");
  label.className = "filter rows";
  const input = label.appendChild(document.createElement("input"));
  Object.assign(input, { type: "search", placeholder: "filter rows", ariaLabel: "filter rows" });
  const holds = (row, { wanted }) => Object.values(row).some((text) => String(text).toLowerCase().includes(wanted));
  input.addEventListener("input", () => built.setFilter(holds, { wanted: input.value.toLowerCase() }));
  place.before(label);
}

function named(cell) {
  const line = data.strategies[cell.getValue()];
  const swatch = document.createElement("span");
  swatch.className = "swatch";
  swatch.style.background = isDark() ? line?.dark : line?.colour;
  const box = document.createElement("span");
  box.className = "named";
  box.append(swatch, cell.getValue());
  return box;
}

function strategyTable(place, columns, rows, nth, earlier) {
  Object.assign(columns[0], { formatter: named, variableHeight: true, frozen: true, maxWidth: narrow.matches ? 170 : 320 });
  const sorters = earlier?.getSorters().map(({ field, dir }) => ({ column: field, dir })) ?? [];
  earlier?.destroy();
  return buildTable(place, columns, rows, {
    initialSort: sorters,
    initialFilter: filters(nth),
    placeholder: "no strategy is called so",
  });
}

function drawBoard({ panel, by }) {
  const { columns, rows } = panel.boards[by] ?? { columns: [], rows: [] };
  document.getElementById("leaderboard").hidden = !rows.length;
  if (rows.length) board = strategyTable("#board", columns.map(column), rows, 0, board);
}

function drawSummary(objective, { panel, share }) {
  const rows = panel.tables[share].filter(([name]) => name === objective);
  const isShown = (nth) => nth === 1 || (nth > 1 && rows.some((row) => row[nth] !== NONE));
  const columns = data.columns.map(column).filter((each, nth) => isShown(nth));
  const place = boxes.get(objective).querySelector(".summary");
  tables.set(objective, strategyTable(place, columns, rows, 1, tables.get(objective)));
}

function filters(nth) {
  const value = document.getElementById("filter").value;
  return value ? [{ field: `c${nth}`, type: "like", value }] : [];
}

// curves

const isDark = () => (document.documentElement.style.colorScheme || (dark.matches ? "dark" : "light")) === "dark";

// What was found up to a cost: the axes fit what is shown.
function cut(line, end) {
  const n = line.cost.filter((cost) => cost <= end).length;
  const upTo = (values) => values && [...values.slice(0, n), values[n - 1]];
  return { cost: [...line.cost.slice(0, n), end], mean: upTo(line.mean), low: upTo(line.low), high: upTo(line.high) };
}

function traces(chart, end, order, gap) {
  const value = (y) => (y === null ? null : gap ? (chart.known - y > 0 ? chart.known - y : null) : chart.sign * y);
  return Object.entries(chart.lines).flatMap(([name, whole]) => {
    const line = cut(whole, end);
    const style = data.strategies[name];
    const colour = isDark() ? style.dark : style.colour;
    const shared = {
      x: line.cost, name: style.label, legendgroup: name, mode: "lines", type: "scatter",
      legendrank: 1000 + order.indexOf(name),
    };
    const edge = (side, more) => ({
      ...shared, y: line[side].map(value), uid: `${side} ${name}`, showlegend: false, hoverinfo: "skip",
      line: { width: 0, shape: "hv" }, fillcolor: `${colour}2a`, ...more,
    });
    const band = line.low ? [edge("low", {}), edge("high", { fill: "tonexty" })] : [];
    const mean = {
      ...shared, y: line.mean.map(value), uid: `mean ${name}`,
      line: { color: colour, dash: style.dash, width: 2, shape: "hv" },
      hovertemplate: "%{y:.4~g}<extra>%{fullData.name}</extra>",
    };
    return [...band, mean];
  });
}

function chartLayout(chart, end, logX, gap, count, clock) {
  const ink = getComputedStyle(document.body);
  const [text, pale] = [ink.color, getComputedStyle(form).borderBottomColor];
  const first = clock ? end / 1000 : Math.min(1, end / 100);
  const ruled = { gridcolor: pale, linecolor: pale, zeroline: false, automargin: true };
  const isLoss = chart.sign < 0; // then losses are drawn, the lowest at the top
  const clip = isLoss ? { clipmax: -chart.floor } : { clipmin: chart.floor };
  const floor = chart.floor === null || gap ? {} : { autorangeoptions: clip };
  const upwards = isLoss && !gap ? { autorange: "reversed" } : {};
  const below = narrow.matches;
  return {
    autosize: true, height: below ? 360 + 24 * count : Math.max(420, 60 + 22 * count),
    margin: { l: 56, r: 12, t: 36, b: 48 }, // room for the buttons above the curves
    paper_bgcolor: "transparent", plot_bgcolor: "transparent",
    font: { family: ink.fontFamily, size: 13, color: text }, hovermode: "x",
    hoverlabel: { namelength: -1 },
    xaxis: {
      ...ruled, title: { text: clock ? "seconds, thinking spread evenly" : data.gradients ? "cost" : "cost, in scores" }, type: logX ? "log" : "linear",
      range: logX ? [Math.log10(first), Math.log10(end)] : [0, end],
    },
    yaxis: {
      ...ruled, ...floor, ...upwards,
      title: { text: gap ? "gap to the best known" : isLoss ? "lowest loss so far" : "best score so far" },
      type: gap ? "log" : "linear", exponentformat: "power",
    },
    legend: below
      ? { orientation: "h", x: 0, y: 0, yref: "container", yanchor: "bottom" }
      : { x: 1.02, y: 1, title: { text: "best mean first", font: { size: 12 } } },
    uirevision: `${end} ${logX} ${gap} ${clock}`, // zoom is kept while these stay
    legend_uirevision: "kept",
  };
}

function drawChart(objective, { panel, share }) {
  const clock = axes.elements["seconds"].checked ? panel.charts[objective].clock : null;
  // Seconds are no part of the budget: over them runs are shown whole.
  const chart = { ...panel.charts[objective], ...clock };
  const logX = axes.elements["log-x"].checked;
  const gap = touched["log-y"] ? axes.elements["log-y"].checked : chart.log;
  const order = panel.tables[share].filter((row) => row[0] === objective).map((row) => row[1]);
  const end = clock ? clock.end : chart.budget * data.shares[share];
  const layout = chartLayout(chart, end, logX, gap, order.length, Boolean(clock));
  const box = boxes.get(objective).querySelector(".chart");
  Plotly.react(box, traces(chart, end, order, gap), layout, { displaylogo: false, responsive: true });
}

// What a box was drawn for: one that is opened again is as it was.
const asText = ({ panel, share }) => `${panel.price} ${share} ${isDark()} ${narrow.matches}`;

function drawObjective(objective, chosen) {
  boxes.get(objective).dataset.drawn = asText(chosen);
  drawSummary(objective, chosen);
  drawChart(objective, chosen);
}

// What can be seen; the rest is drawn when it is opened.
function eachOpen(act) {
  for (const [name, box] of boxes) if (box.open) act(name);
}

// all together

function reading({ panel, share }) {
  const part = data.shares[share];
  const cost = data.gradients ? `A score costs 1, its gradient ${panel.price} more. ` : "";
  const whole = "Every run is read at its whole budget.";
  const cut = `Every run is read at ${100 * part} % of its budget: what it had found by then.`;
  return `${cost}${part < 1 ? cut : whole} Click a heading to sort.`;
}

function draw() {
  const chosen = choices();
  document.getElementById("reading").textContent = reading(chosen);
  drawBoard(chosen);
  for (const [name, box] of boxes) {
    const row = chosen.panel.tables[chosen.share].find(([objective]) => objective === name);
    box.querySelector(".first").textContent = row ? `${row[1]}: ${row[3]}` : "";
  }
  if (!touched["log-y"]) axes.elements["log-y"].checked = chosen.panel.charts[data.objectives[0]].log;
  eachOpen((name) => drawObjective(name, chosen));
  showChapters(chosen.panel.price);
}

// A link to what is folded opens it.
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.tagName === "DETAILS") target.open = true;
}

function changeTheme() {
  document.documentElement.style.colorScheme = isDark() ? "light" : "dark";
  draw();
}

for (const chapter of document.querySelectorAll("details.chapter")) {
  chapter.addEventListener("toggle", () => showChapters(data.panels.length ? choices().panel.price : undefined));
}
addEventListener("hashchange", openTarget);

if (data.objectives.length) {
  fillSelectors();
  draw();
  openTarget();
  for (const each of [form, bys]) {
    each.addEventListener("change", ({ target }) => target.id !== "filter" && draw());
    each.addEventListener("submit", (event) => event.preventDefault());
  }
  axes.addEventListener("change", ({ target }) => {
    touched[target.name] = true;
    eachOpen((name) => drawChart(name, choices()));
  });
  document.getElementById("all").addEventListener("click", () => {
    for (const box of boxes.values()) box.open = true;
  });
  document.getElementById("filter").addEventListener("input", () => {
    board?.setFilter(filters(0));
    for (const table of tables.values()) table.setFilter(filters(1));
  });
  document.getElementById("theme").addEventListener("click", changeTheme);
  for (const watched of [dark, narrow]) watched.addEventListener("change", draw);
} else {
  for (const id of ["selectors", "compare", "leaderboard"]) document.getElementById(id).hidden = true;
  showChapters();
}
