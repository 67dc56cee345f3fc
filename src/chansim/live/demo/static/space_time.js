// The space-time diagram of one message, drawn from the server's trace: a line for everybody whom it concerns, time
// goes down, an arrow for each message, a bar for each piece of work. The newest conversation is shown as it comes.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const KEPT = 40; // conversations
const conversations = new Map(); // request -> its rows
let since = 0;
let chosen = null; // a request that was chosen, or null for the newest
let drawn = "";

const ORDER = ["browser", "daphne", "worker", "bot", "slack"];

// whose line a row is on: of the browsers, each socket has its own
function lane(row) {
  return row.component === "browsers" && row.channel ? row.channel.replace("socket", "browser").replace(" of browsers", "") : row.component;
}

function place(name) {
  const kind = ORDER.findIndex((each) => name.startsWith(each));
  return [kind < 0 ? ORDER.length : kind, Number(name.match(/\d+/)?.[0] ?? 0)];
}

function take(rows) {
  for (const [t, event, component, channel, message, request, detail] of rows) {
    if (!request) continue;
    if (!conversations.has(request)) conversations.set(request, []);
    conversations.get(request).push({ t, event, component, channel, message, detail });
  }
  // what nobody said is no conversation: pages, sockets that open and close
  const said = [...conversations.keys()].filter((request) => spoken(conversations.get(request)));
  for (const request of said.slice(0, Math.max(0, said.length - KEPT))) conversations.delete(request);
  for (const request of [...conversations.keys()]) {
    if (!spoken(conversations.get(request)) && request < (said.at(-1) ?? 0) - 100) conversations.delete(request);
  }
}

function spoken(rows) {
  return rows.some((row) => row.event === "sent" && row.detail === "frame" && ["browsers", "slack"].includes(row.component));
}

function numbers() {
  return [...conversations.keys()].filter((request) => spoken(conversations.get(request)));
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// its messages, each with both ends, and its bars
function told(rows) {
  const ordered = [...rows].sort((a, b) => a.t - b.t);
  const start = ordered[0].t;
  const sent = new Map();
  const arrows = [];
  const bars = [];
  const open = new Map();
  for (const row of ordered) {
    const at = (row.t - start) * 1000;
    if (row.event === "sent") {
      sent.set(row.message, { from: lane(row), start: at, channel: row.channel, detail: row.detail });
    } else if ((row.event === "received" || row.event === "lost") && sent.has(row.message)) {
      arrows.push({ ...sent.get(row.message), to: lane(row), end: at, lost: row.event === "lost" ? row.detail : "" });
      sent.delete(row.message);
    } else if (row.event === "begun") {
      open.set(`${row.component} ${row.message}`, at);
    } else if (row.event === "ended" && open.has(`${row.component} ${row.message}`)) {
      bars.push({ lane: row.component, start: open.get(`${row.component} ${row.message}`), end: at, what: row.detail });
      open.delete(`${row.component} ${row.message}`);
    }
  }
  for (const each of sent.values()) arrows.push({ ...each, to: "", end: null, lost: "" });
  return { arrows, bars };
}

function nameOf(arrow) {
  const channel = arrow.channel.replace(/!.*/, "!");
  return channel.startsWith("socket") || !channel ? arrow.detail : channel;
}

function words({ arrows }) {
  return [...arrows]
    .sort((a, b) => a.start - b.start)
    .map((arrow) => {
      const where = arrow.to ? `${arrow.from} → ${arrow.to}` : `${arrow.from} → (waits)`;
      const when = arrow.end === null ? `${arrow.start.toFixed(1)} ms` : `${arrow.start.toFixed(1)} to ${arrow.end.toFixed(1)} ms`;
      return `${when}: ${where}, ${nameOf(arrow)}${arrow.lost ? `, lost: ${arrow.lost}` : ""}`;
    });
}

function draw(request) {
  const now = told(conversations.get(request));
  const lanes = [...new Set([...now.arrows.flatMap((a) => [a.from, a.to]), ...now.bars.map((b) => b.lane)])].filter(Boolean);
  lanes.sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1] || a.localeCompare(b));
  const last = Math.max(1, ...now.arrows.map((a) => a.end ?? a.start), ...now.bars.map((b) => b.end));
  const width = Math.max(560, 70 + lanes.length * 110);
  const top = 44;
  const height = 420;
  const x = (name) => 70 + (lanes.indexOf(name) + 0.5) * ((width - 70) / lanes.length);
  const y = (at) => top + (at / last) * (height - top - 24);
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  const heard = now.arrows.filter((a) => a.to.startsWith("browser")).length;
  svg.setAttribute(
    "aria-label",
    `Conversation ${request}: ${now.arrows.length} messages between ${lanes.join(", ")} in ${last.toFixed(1)} ms; ${heard} reached a browser.`,
  );
  const defs = element("defs", {});
  for (const kind of ["plain", "layer", "lost"]) {
    const marker = element("marker", { id: `head-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
    marker.append(element("path", { d: "M0,0 L8,4 L0,8 z", class: `head ${kind}` }));
    defs.append(marker);
  }
  svg.append(defs);
  for (const name of lanes) {
    svg.append(element("text", { x: x(name), y: 20, class: "lane", "text-anchor": "middle" }, name));
    svg.append(element("line", { x1: x(name), y1: top - 12, x2: x(name), y2: height - 16, class: "life" }));
  }
  const step = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000].find((each) => last / each <= 6) ?? 60000;
  for (let at = 0; at <= last; at += step) {
    svg.append(element("text", { x: 60, y: y(at) + 4, class: "tick", "text-anchor": "end" }, `${at} ms`));
    svg.append(element("line", { x1: 64, y1: y(at), x2: width - 4, y2: y(at), class: "grid" }));
  }
  for (const bar of now.bars) {
    const box = element("rect", { x: x(bar.lane) - 6, y: y(bar.start), width: 12, height: Math.max(3, y(bar.end) - y(bar.start)), class: `bar ${bar.lane.startsWith("worker") ? "worker" : "interface"}` });
    box.append(element("title", {}, `${bar.lane}${bar.what ? `: ${bar.what}` : ""}, ${(bar.end - bar.start).toFixed(1)} ms`));
    svg.append(box);
  }
  const said = new Set();
  for (const arrow of now.arrows) {
    const kind = arrow.lost ? "lost" : arrow.channel && !arrow.channel.startsWith("socket") ? "layer" : "plain";
    const end = arrow.to || arrow.from;
    const way = element("line", { x1: x(arrow.from), y1: y(arrow.start), x2: x(end), y2: y(arrow.end ?? last), class: `arrow ${kind}`, "marker-end": `url(#head-${kind})` });
    way.append(element("title", {}, `${nameOf(arrow)}: ${arrow.from} → ${arrow.to || "nobody yet"}`));
    svg.append(way);
    const label = nameOf(arrow);
    const key = `${label} ${arrow.from} ${arrow.to.replace(/\d+/, "")}`;
    if (arrow.to && x(arrow.from) !== x(arrow.to) && !said.has(key)) {
      said.add(key); // of a fan-out, one name is enough
      const middle = { x: (x(arrow.from) + x(arrow.to)) / 2, y: (y(arrow.start) + y(arrow.end)) / 2 - 5 };
      svg.append(element("text", { ...middle, class: `name ${kind}`, "text-anchor": "middle" }, label));
    }
  }
  document.getElementById("picture").replaceChildren(svg);
  document.getElementById("words").replaceChildren(
    ...words(now).map((each) => {
      const item = document.createElement("li");
      item.textContent = each;
      return item;
    }),
  );
}

function refresh() {
  const all = numbers();
  if (!all.length) return;
  document.getElementById("nothing").hidden = true;
  document.getElementById("shown").hidden = false;
  if (chosen !== null && !all.includes(chosen)) chosen = null;
  const shown = chosen ?? all.at(-1);
  const at = all.indexOf(shown);
  const key = `${shown} ${conversations.get(shown).length} ${at} ${all.length}`;
  if (key === drawn) return;
  drawn = key;
  document.getElementById("before").setAttribute("aria-disabled", at === 0);
  document.getElementById("after").setAttribute("aria-disabled", at === all.length - 1);
  document.getElementById("which").textContent = `${at + 1} of ${all.length}${chosen === null ? ", the newest" : ""}`;
  draw(shown);
}

function go(by) {
  const all = numbers();
  const at = all.indexOf(chosen ?? all.at(-1)) + by;
  if (at < 0 || at >= all.length) return;
  chosen = at === all.length - 1 ? null : all[at];
  refresh();
}

async function look() {
  try {
    const found = await (await fetch(`watch.json?since=${since}`)).json();
    if (found.next < since) conversations.clear(); // another server is there
    since = found.next;
    document.getElementById("slack").href = found.slack;
    take(found.rows);
    refresh();
  } catch {
    since = 0; // the server is gone; another one begins anew
  }
  setTimeout(look, document.hidden ? 3000 : 500);
}

document.getElementById("before").addEventListener("click", () => go(-1));
document.getElementById("after").addEventListener("click", () => go(+1));
look();
