// The player in the browser: the page around flow.js. Python sends the stage once and a window of the trace at a time;
// where the play head stands, what is drawn there and what is selected is decided here.

const inWords = (seconds) =>
  seconds >= 1 ? `${seconds} s` : seconds >= 0.001 ? `${Number((seconds * 1000).toPrecision(3))} ms` : `${Number((seconds * 1e6).toPrecision(3))} µs`;

const SPEEDS = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const GLIDE = 0.25;  // seconds of yours that a dot takes to or from a queue
const LOSS = 1.5;  // seconds of yours that a loss is shown
const PAGE = 6;  // seconds of yours that the space-time diagram holds
const LINES = 12;  // lifelines it has at most
const ARROWS = 300;  // messages of which it shows the arrows too; of more only where they wait
const SHAPES = 4000;  // stretches of work and of waiting it has at most
const LIST = 9;  // events in the list
const SQUARES = 10;  // messages of a queue drawn one by one

function render({ model, el }) {
  const stage = model.get("stage"), settings = model.get("settings");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let rows = null, state = null, t = model.get("at") ?? settings.since, place = null;
  let speed = settings.speed, playing = false, frame = 0, last = 0, asked = null, told = 0, timer = 0;
  let following = settings.growing;
  const listeners = [];
  const on = (target, name, action) => { target.addEventListener(name, action); listeners.push([target, name, action]); };
  const since = () => settings.since;
  const until = () => (settings.until === null ? rows.about.end : Math.min(settings.until, rows.about.end));

  // -- the page

  const button = (label, words, action) => {
    const element = control("button", { type: "button", textContent: label, title: words });
    element.setAttribute("aria-label", words);
    on(element, "click", action);
    return element;
  };
  const back = button("◀|", "Previous event", () => step(-1));
  const play = button("▶", "Play", () => toggle());
  const next = button("|▶", "Next event", () => step(1));
  const scrub = control("input", { type: "range", className: "scrub", min: 0, max: 1, step: "any" });
  scrub.setAttribute("aria-label", "Moment of the run, seconds");
  on(scrub, "input", () => { following = false; pause(); go(Number(scrub.value)); });
  on(scrub, "change", () => tell());
  on(scrub, "keydown", (event) => {  // by a share of the run: left to themselves, Firefox's keys go a whole second, Chromium's a hundredth
    const share = { ArrowRight: 0.01, ArrowUp: 0.01, ArrowLeft: -0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 }[event.key];
    if (!share || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    following = false;
    pause();
    go(t + share * (until() - since()));
    tell();
  });
  const clock = make("output", { className: "clock" });
  const pace = control("select", { className: "pace" });
  const choices = [...new Set([...SPEEDS, speed])].sort((a, b) => a - b);
  pace.append(...choices.map((each) => make("option", { value: each, textContent: inWords(each), selected: each === speed })));
  on(pace, "change", () => { speed = Number(pace.value); page = null; show(); });
  const stop = button("■", "Stop the run", () => model.send({ stop: true }));
  const live = button("● live", "Follow the run", () => { following = !following; if (following) go(rows.about.end); show(); });
  const bar = make("div", { className: "bar", role: "group" }, back, play, next, scrub, clock,
    make("label", { className: "speed" }, "1 s of this is ", pace), ...(settings.growing ? [live, stop] : []));
  bar.setAttribute("aria-label", "Player");

  const status = make("p", { className: "status", role: "status" });
  const books = make("p", { className: "books" });
  const picture = make("div", { className: "picture" });
  const chosen = make("p", { className: "chosen", hidden: true });
  const timeline = make("div", { className: "timeline" });
  const events = make("ol", { className: "events" });
  events.setAttribute("aria-label", "Events about this moment");
  const root = make("div", { className: "chansim-player" }, bar, status, picture, books, chosen, timeline,
    make("details", { open: settings.list !== false }, control("summary", { textContent: "Events" }), events));
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", `Player: ${stage.title}`);
  el.append(root);

  // -- the stage: what stands still comes from Python, the rest is drawn over it

  picture.innerHTML = stage.svg;
  const svg = picture.querySelector("svg");
  svg.setAttribute("role", "group");
  const boxes = stage.spots.map((spot) => {
    const group = draw("g", { class: "spot", role: "button", tabindex: "0", "data-component": spot.name, "data-lm-suppress-shortcuts": "true" });
    const title = draw("title", {}, spot.name);
    const fill = draw("rect", { x: spot.x + 1, y: spot.y + 1, width: 0, height: spot.height - 2, rx: 3, fill: spot.strong, "fill-opacity": 0.6 });
    const edge = draw("rect", { class: "edge", x: spot.x - 3, y: spot.y - 3, width: spot.width + 6, height: spot.height + 6, rx: 6 });
    const words = spot.lines.map(([text, y, bold]) => draw("text", spot.stacked
      ? { x: spot.x + 8, y, "font-size": 11 }
      : { x: spot.x + spot.width / 2, y, "font-size": bold ? 12 : 11, "text-anchor": "middle", "font-weight": bold ? "bold" : "normal" }, text));
    const load = draw("text", spot.stacked ? { x: spot.x + 8, y: spot.y + 25, "font-size": 11 } : { x: spot.x + spot.width / 2, y: spot.y + spot.height - 5, "font-size": 11, "text-anchor": "middle" });
    const lines = draw("g");
    group.append(title, fill, ...words, load, lines, edge);
    svg.append(group);
    return { spot, group, title, fill, words, load, lines, shown: "" };
  });
  const flying = svg.appendChild(draw("g", { class: "dots" }));
  const crosses = svg.appendChild(draw("g", { class: "losses" }));
  let lost = "", pool = [], queueKey = "";

  // -- selection: one for all pictures of the run

  const selection = () => model.get("selection") ?? {};
  const select = (what) => {
    const before = selection();
    const same = Object.keys(what).every((key) => before[key] === what[key]) && Object.keys(before).length === Object.keys(what).length;
    model.set("selection", same ? {} : what);
    model.save_changes();
    show();
  };
  const marks = (i) => {
    const { message, request } = selection();
    return (message !== undefined && rows.message[i] === message) || (request !== undefined && request > 0 && rows.request[i] === request);
  };
  // A box that stands for several is gone through: first those at work, then the others.
  const nextOf = (name) => {
    const spot = stage.spots.find((each) => each.name === name);
    if (!spot || spot.lanes.length < 2) return name;
    const at = [...state.working.values()].map((i) => nameOf(rows, rows.component[i])).filter((lane) => spot.lanes.includes(lane));
    const order = [...new Set([...at, ...spot.lanes])];
    return order[(order.indexOf(selection().component) + 1) % order.length];
  };
  const pick = (event) => {
    const found = event.target.closest("[data-message], [data-channel], [data-component]");
    if (!found || !root.contains(found)) return;
    if (found.dataset.message) select({ message: Number(found.dataset.message) });
    else if (found.dataset.channel) select({ channel: found.dataset.channel });
    else select({ component: nextOf(found.dataset.component) });
  };
  on(svg, "click", pick);
  on(timeline, "click", pick);

  function showChosen() {
    const { message, request, component, channel } = selection();
    const nothing = [message, request, component, channel].every((each) => each === undefined);
    const key = JSON.stringify([selection(), rows.about.first, nothing]);
    if (chosen.dataset.key === key) return;
    chosen.dataset.key = key;
    chosen.hidden = nothing;
    for (const each of boxes) {
      const on = component !== undefined && (each.spot.lanes.includes(component) || each.spot.owner === component);
      each.group.classList.toggle("marked", on);
      each.group.setAttribute("aria-pressed", String(on));
    }
    if (nothing) return;
    chosen.replaceChildren();
    const clear = button("✕", "Select nothing", () => select({}));
    if (message !== undefined) {
      const lived = life(rows, message);
      const of = rows.request[rows.message.indexOf(message)];
      chosen.append(`Message ${message}: ${lived.join("; ") || "not in this part of the run"}. `);
      if (of) chosen.append(button(`all of request ${of}`, `Select request ${of}`, () => select({ request: of })));
    } else chosen.append(`Selected: ${request !== undefined ? `request ${request}` : component ?? channel}. `);
    chosen.append(clear);
  }

  // -- drawing a moment

  function showBoxes() {
    const working = busy(rows, state), full = queues(rows, state), lines = new Map(), faults = broken(rows, t);
    rows.about.queues.forEach(([spot], number) => lines.set(spot, [...(lines.get(spot) ?? []), number]));
    boxes.forEach((each, number) => {
      const { spot } = each, here = working.get(number) ?? [];
      const mine = lines.get(number) ?? [];
      const fault = faults.filter(({ who }) => who.some((name) => name === spot.owner || spot.lanes.includes(name))).map(({ what }) => what).join(", ");
      const key = `${fault}|${here.join()}|${mine.map((queue) => full[queue].length + ":" + full[queue].slice(0, SQUARES).join()).join("|")}|${rows.about.first}|${JSON.stringify(selection())}|${state.open[spot.owner] ?? ""}`;
      if (each.shown === key) return;
      each.shown = key;
      each.fill.setAttribute("width", (spot.width - 2) * Math.min(1, here.length / spot.lanes.length));
      const load = !here.length ? "" : spot.lanes.length > 1 ? `${here.length} of ${spot.lanes.length} at work` : `request ${rows.request[here[0]]}`;
      const open = spot.stacked ? 0 : state.open[spot.owner];
      each.group.classList.toggle("broken", Boolean(fault));
      const words = fault || spot.stacked ? fault || load : open === undefined ? "" : `${open} open`;
      each.load.textContent = words;
      if (spot.stacked) each.words[0].setAttribute("y", spot.lines[0][1] - (words ? 6 : 0));
      const waits = mine.map((queue) => `${full[queue].length} in ${rows.about.queues[queue][1]}`).join(", ");
      const said = [spot.name, fault, load && `at work: ${load}`, open !== undefined && !spot.stacked ? `${open} open` : "", waits].filter(Boolean).join(", ");
      each.title.textContent = said;
      each.group.setAttribute("aria-label", said);
      showQueues(each, mine, full);
    });
  }

  function showQueues({ spot, lines }, mine, full) {
    const room = Math.max(1, Math.floor((spot.y + spot.height - spot.below - 2) / 26));
    const shown = mine.length > room ? [...mine].sort((a, b) => full[b].length - full[a].length).slice(0, room) : mine;
    const { channel } = selection();
    lines.replaceChildren(...shown.map((queue, i) => {
      const [, word, short] = rows.about.queues[queue], waiting = full[queue], y = spot.below + 2 + 26 * i;
      const left = spot.x + spot.inset, right = spot.x + spot.width - spot.inset, count = String(waiting.length);
      const group = draw("g", { class: "queue" + (channel === word ? " marked" : ""), "data-channel": word });
      group.append(draw("title", {}, `${word}: ${count} waiting`),
        draw("rect", { x: left - 2, y, width: right - left + 4, height: 25, fill: "transparent" }),
        draw("text", { x: left, y: y + 11, "font-size": 11 }, short),
        draw("text", { x: right, y: y + 22, "font-size": 11, "text-anchor": "end", "font-weight": "bold" }, count));
      const size = Math.min(7, (right - left - 8 * count.length) / SQUARES - 1);
      waiting.slice(0, SQUARES).forEach((row, j) => group.append(draw("rect", {
        class: "waits" + (marks(row) ? " marked" : ""), x: left + j * (size + 1), y: y + 15, width: size, height: 7, "data-message": rows.message[row],
      })));
      return group;
    }));
  }

  function showDots() {
    const under = dots(rows, state, t, still.matches ? 0 : GLIDE * speed);
    while (pool.length < under.length) {
      const dot = draw("circle", { r: 4.5, class: "dot" });
      pool.push(flying.appendChild(dot));
    }
    pool.forEach((dot, i) => {
      if (i >= under.length) {
        if (dot.row !== null) { dot.setAttribute("visibility", "hidden"); dot.row = null; }
        return;
      }
      const [row, x, y] = under[i];
      if (dot.row !== row) {
        dot.row = row;
        dot.setAttribute("visibility", "visible");
        dot.dataset.message = rows.message[row];
      }
      const marked = marks(row);
      if (dot.marked !== marked) { dot.marked = marked; dot.classList.toggle("marked", marked); dot.setAttribute("r", marked ? 7 : 4.5); }
      dot.setAttribute("cx", x.toFixed(1));
      dot.setAttribute("cy", y.toFixed(1));
    });
  }

  function showLosses() {
    const found = new Map();
    for (const i of losses(rows, state, t, LOSS * speed)) {
      // in its queue, unless somebody had taken it already
      const spot = rows.queue[i] && rows.start[i] >= 0 ? rows.about.queues[rows.queue[i] - 1][0] : spotOf(rows, rows.component[i]);
      const key = JSON.stringify([spot, nameOf(rows, rows.detail[i])]);
      if (spot !== null) found.set(key, (found.get(key) ?? 0) + 1);
    }
    const key = JSON.stringify([...found]);
    if (key === lost) return;
    lost = key;
    crosses.replaceChildren(...[...found].flatMap(([key, times]) => {
      const [number, cause] = JSON.parse(key), spot = stage.spots[number];
      const x = spot.x + spot.width - 3, y = spot.y + 3, words = times > 1 ? `${times} × ${cause}` : cause;
      const right = x + 11 + words.length * 7 > stage.width;
      return [cross(x, y), draw("text", { class: "halo", x: right ? stage.width - 2 : x + 11, y: y - 5, "font-size": 11, "text-anchor": right ? "end" : "start" }, words)];
    }));
  }
  const cross = (x, y) => draw("path", { class: "cross", d: `M${x - 6} ${y - 6}l12 12m0 -12l-12 12` });

  const numbers = (found) => {
    const named = Object.entries(found).filter(([, count]) => count);
    if (named.length > 4) return `${named.reduce((sum, [, count]) => sum + count, 0)} in ${named.length}`;
    return named.map(([name, count]) => `${name} ${count}`).join(", ");
  };
  function showWords(now) {
    clock.textContent = `${t.toFixed(3)} s of ${until().toFixed(until() < 10 ? 3 : 1)} s`;
    scrub.value = t;
    scrub.setAttribute("aria-valuetext", `${t.toFixed(3)} seconds`);
    if (playing && now - told < 400) return;
    told = now;
    const [sent, received] = state.counts;
    books.textContent = [`Sent ${sent}`, `received ${received}`, `waiting ${state.waiting.size}`,
      `lost ${state.counts[4]}${state.counts[4] ? ` (${numbers(state.lost)})` : ""}`,
      ...(numbers(state.open) ? [`open: ${numbers(state.open)}`] : []),
      ...(numbers(state.groups) ? [`in groups: ${numbers(state.groups)}`] : []),
      ...broken(rows, t).map(({ name }) => `broken: ${name}`)].join(" · ");
    // while it plays a screen reader is told nothing: it would talk without end
    if (!playing) status.textContent = place > 0 ? said(rows, place - 1) : `${t.toFixed(3)} s: nothing has happened yet`;
    else if (status.textContent !== "Playing.") status.textContent = "Playing.";
    const first = Math.max(0, Math.min(place - 1 - Math.floor(LIST / 2), rows.own - LIST));
    const key = [rows.about.first, first, place, JSON.stringify(selection())].join();
    if (events.dataset.key === key) return;
    events.dataset.key = key;
    const focused = events.contains(document.activeElement);
    events.replaceChildren();
    for (let i = first; i < Math.min(first + LIST, rows.own); i++) {
      const line = control("button", { type: "button", textContent: said(rows, i), className: marks(i) ? "marked" : "" });
      if (i === place - 1) line.setAttribute("aria-current", "true");
      line.addEventListener("click", () => { pause(); following = false; at(i + 1); if (rows.message[i]) select({ message: rows.message[i] }); });
      const item = make("li", { className: i < place ? "past" : "" }, line);
      events.append(item);
    }
    if (focused) events.querySelector("[aria-current]")?.focus();
  }

  // -- the space-time diagram: a page of a few seconds of yours, and the play head

  let page = null, head = null, later = null;
  function showTimeline() {
    const span = PAGE * speed, begin = Math.floor(t / span + 1e-9) * span;
    const key = [begin, speed, rows.about.first, rows.about.own, rows.about.total, JSON.stringify(selection())].join();
    if (page !== key) { page = key; drawTimeline(begin, begin + span); }
    const x = xOf(begin, span, t);
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
    later.setAttribute("x", x);
    later.setAttribute("width", WIDTH - Number(x));
  }
  const LEFT = 132, WIDTH = 740;
  const xOf = (begin, span, moment) => (LEFT + (WIDTH - LEFT - 8) * Math.min(1, Math.max(0, (moment - begin) / span))).toFixed(1);

  function drawTimeline(begin, end) {
    const x = (moment) => Number(xOf(begin, end - begin, moment));
    const seen = [];  // rows that begin something which is seen on the page
    const lifelines = new Map();
    const meet = (name, order, role, channel) => { if (!lifelines.has(name)) lifelines.set(name, { name, order, role, channel }); };
    const orderOf = (spot) => (spot === null ? 1000 : stage.spots[spot].x * 10 + spot);
    const roleOf = (code) => { const spot = spotOf(rows, code); return spot === null ? "" : stage.spots[spot].role; };
    for (let i = 0; i < rows.own; i++) {
      const event = EVENTS[rows.event[i]];
      if (event !== "sent" && event !== "begun") continue;
      const over = event === "sent" ? rows.end[i] : rows.over[i];
      const stops = over >= 0 ? rows.t[over] : Infinity;
      if (rows.t[i] > end || stops < begin) continue;
      seen.push([i, event, over, stops]);
      meet(nameOf(rows, rows.component[i]), orderOf(spotOf(rows, rows.component[i])), roleOf(rows.component[i]));
      if (event === "sent" && rows.queue[i]) {
        const [spot, word] = rows.about.queues[rows.queue[i] - 1];
        meet(`queue ${rows.queue[i]}`, orderOf(spot) + 0.5, "layer", word);
      }
      if (event === "sent" && over >= 0 && EVENTS[rows.event[over]] === "received") meet(nameOf(rows, rows.component[over]), orderOf(spotOf(rows, rows.component[over])), roleOf(rows.component[over]));
    }
    const all = [...lifelines.values()].sort((a, b) => a.order - b.order || a.name.localeCompare(b.name, "en", { numeric: true }));
    const lines = all.slice(0, LINES), height = 34 + 26 * Math.max(1, lines.length);
    lines.forEach((line, i) => { line.y = 30 + 26 * i; });
    const yOf = new Map(lines.map((line) => [line.name, line.y]));
    const words = `Messages in time, from ${begin.toFixed(3)} to ${end.toFixed(3)} s: ${lines.length} lifelines, ${seen.length} messages and stretches of work`;
    const sheet = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": words, class: "spacetime" });
    const step = [1, 2, 5].map((k) => k * 10 ** Math.floor(Math.log10((end - begin) / 5))).find((k) => (end - begin) / k <= 8) ?? (end - begin) / 5;
    for (let tick = Math.ceil(begin / step - 1e-9) * step; tick <= end + 1e-9; tick += step) {
      sheet.append(draw("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 16, y2: height }),
        draw("text", { class: "tick", x: x(tick), y: 11, "text-anchor": x(tick) > WIDTH - 40 ? "end" : "middle", "font-size": 11 }, `${Number((tick * 1000).toPrecision(7))} ms`));
    }
    for (const { begun, ended, lasts, name } of rows.about.faults) {
      if (begun > end || (ended < begin && !lasts)) continue;
      const from = x(begun), to = lasts ? WIDTH - 8 : x(ended);
      sheet.append(draw("rect", { class: "fault", x: from, y: 16, width: Math.max(2, to - from), height: height - 16 }),
        draw("text", { class: "halo", x: Math.min(from + 3, WIDTH - 8), y: height - 5, "font-size": 11, "text-anchor": from > WIDTH - 150 ? "end" : "start" }, name));
    }
    for (const line of lines) {
      const text = line.channel ?? line.name;
      const group = draw("g", line.channel ? { "data-channel": line.channel } : { "data-component": line.name });
      const { component, channel } = selection();
      if (component === line.name || (line.channel && channel === line.channel)) group.setAttribute("class", "marked");
      group.append(draw("title", {}, text), draw("line", { class: "lifeline" + (line.channel ? "" : " dashed"), x1: LEFT, x2: WIDTH - 8, y1: line.y, y2: line.y }),
        draw("text", { x: LEFT - 8, y: line.y + 4, "text-anchor": "end", "font-size": 11 }, text.length > 19 ? "…" + text.slice(-18) : text));
      sheet.append(group);
    }
    // what has no end yet goes on to where the trace is known
    const last = Math.min(end, rows.about.until), crowded = seen.length > ARROWS;
    let shapes = 0;
    const slots = new Map(), tops = [];
    for (const [i, event, over, stops] of seen) {
      if (shapes > SHAPES) break;
      const from = yOf.get(nameOf(rows, rows.component[i]));
      const marked = marks(i) ? " marked" : "", arrows = !crowded || marked;
      const group = draw("g", { class: "item" + marked, "data-message": rows.message[i] });
      if (event === "begun") {
        if (from === undefined) continue;
        group.append(draw("rect", { class: `work ${roleOf(rows.component[i])}`, x: x(rows.t[i]), y: from - 5, width: Math.max(1, x(Math.min(stops, last)) - x(rows.t[i])), height: 10 }));
        group.append(draw("title", {}, said(rows, i)));
        sheet.append(group);
        shapes += 1;
        continue;
      }
      const got = over >= 0 && EVENTS[rows.event[over]] === "received";
      const to = got ? yOf.get(nameOf(rows, rows.component[over])) : undefined;
      let where = from;
      if (rows.queue[i]) {
        const middle = yOf.get(`queue ${rows.queue[i]}`);
        if (middle === undefined) continue;
        const taken = slots.get(rows.queue[i]) ?? [];
        let slot = taken.findIndex((free) => free <= rows.t[i]);
        if (slot < 0) slot = Math.min(taken.length, 4);
        taken[slot] = stops;
        slots.set(rows.queue[i], taken);
        const y = middle + [0, -4, 4, -8, 8][slot];
        where = y;
        group.append(draw("rect", { class: "wait", x: x(rows.t[i]), y: y - 1.8, width: Math.max(1.5, x(Math.min(stops, last)) - x(rows.t[i])), height: 3.6 }));
        if (arrows && from !== undefined && rows.t[i] >= begin) group.append(arrow(x(rows.t[i]), from, x(rows.t[i]), y));
        if (arrows && to !== undefined && stops <= end) group.append(arrow(x(stops), y, x(stops), to));
      } else if (arrows && rows.plain.has(rows.channel[i]) && from !== undefined && to !== undefined) {
        group.append(arrow(x(rows.t[i]), from, x(Math.min(stops, end)), to));
      }
      if (over >= 0 && !got && rows.t[over] <= end && rows.t[over] >= begin && where !== undefined) {
        const cause = nameOf(rows, rows.detail[over]), at = x(rows.t[over]), far = at > WIDTH - 110;
        tops.push(cross(at, where));
        if (tops.length < 24) tops.push(draw("text", { class: "halo", x: far ? at - 9 : at + 9, y: where - 5, "font-size": 11, "text-anchor": far ? "end" : "start" }, cause));
      }
      group.append(draw("title", {}, said(rows, i)));
      sheet.append(group);
      shapes += 1;
    }
    sheet.append(...tops);
    later = sheet.appendChild(draw("rect", { class: "later", x: 0, y: 16, width: 0, height: height - 16 }));
    head = sheet.appendChild(draw("line", { class: "head", x1: 0, x2: 0, y1: 14, y2: height }));
    const notes = [];
    if (all.length > LINES) notes.push(`${all.length - LINES} more lifelines are not drawn`);
    if (crowded) notes.push("too many messages to draw their arrows: choose a slower speed to see them");
    if (shapes > SHAPES) notes.push("and too many to draw them all");
    timeline.replaceChildren(sheet, ...(notes.length ? [make("p", { className: "note" }, `${notes.join("; ")}.`)] : []));
  }
  function arrow(x0, y0, x1, y1) {
    const angle = Math.atan2(y1 - y0, x1 - x0), wing = (turn) => `${(x1 - 5 * Math.cos(angle + turn)).toFixed(1)} ${(y1 - 5 * Math.sin(angle + turn)).toFixed(1)}`;
    return draw("path", { class: "arrow", d: `M${x0} ${y0}L${x1} ${y1}M${wing(0.45)}L${x1} ${y1}L${wing(-0.45)}` });
  }

  // -- time

  function show(now = performance.now()) {
    if (!rows) return;
    state = advance(rows, state, place);
    showBoxes();
    showDots();
    showLosses();
    showTimeline();
    showWords(now);
    showChosen();
    live.setAttribute("aria-pressed", String(Boolean(following)));
  }
  const has = (moment) => rows && moment >= rows.about.since - 1e-12 && moment <= rows.about.until + 1e-12;
  function go(moment) {
    t = Math.min(until(), Math.max(since(), moment));
    if (!has(t)) { ask(t); return; }
    place = placeAt(rows, t);
    const { first, carried, own, total } = rows.about;
    // the next window is asked for while there is still something to play
    if (first + own < total && place - carried > 0.75 * own) ask(t);
    show();
  }
  function at(row) {  // so many rows of the window have been, even where several are of one moment
    place = row;
    t = row > rows.about.carried ? rows.t[row - 1] : Math.max(rows.about.since, since());
    show();
    tell();
  }
  function step(by) {
    following = false;
    pause();
    if (!rows || !has(t)) return;
    const { carried, first, total } = rows.about;
    const target = place + by;
    if (target > rows.own || (by > 0 && rows.t[target - 1] > until())) { if (first + rows.about.own < total) ask(rows.about.until, by); return; }
    if (target < carried || (by < 0 && target > carried && rows.t[target - 1] < since())) { if (first > 0 && target < carried) ask(rows.about.since, by); return; }
    at(target);
  }
  function ask(moment, by = 0) {
    if (asked !== null && Math.abs(asked.at - moment) < 1e-9) return;
    asked = { at: moment, by };
    model.send({ at: moment });
  }
  function tick(now) {
    if (!playing) return;
    frame = requestAnimationFrame(tick);
    const passed = Math.min(0.1, (now - last) / 1000);
    last = now;
    if (!has(t)) return;  // its window is on the way
    if (t >= until()) { if (!settings.growing || !rows.about.running) pause(); return; }
    go(t + passed * speed);
  }
  function toggle() {
    if (still.matches) { step(1); return; }
    if (playing) { pause(); return; }
    following = false;
    if (rows && t >= until()) go(since());
    playing = true;
    last = performance.now();
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "Pause");
    play.title = "Pause";
    frame = requestAnimationFrame(tick);
  }
  function pause() {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(frame);
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play");
    play.title = "Play";
    show();
    tell();
  }
  const tell = () => { model.set("at", t); model.save_changes(); };  // Python hears where it stands, but not sixty times a second

  on(root, "keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const native = event.target.closest("select, summary") || (event.target === scrub && !["Escape", " "].includes(event.key));
    const pressed = event.target.closest("button");
    const keys = {
      ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => { pause(); go(since()); tell(); }, End: () => { pause(); go(until()); tell(); },
      "+": () => faster(1), "-": () => faster(-1), Escape: () => select({}),
    };
    if (event.key === " " && !pressed && !native) keys[" "] = () => (event.target.closest(".spot") ? pick(event) : toggle());
    if (event.key === "Enter" && event.target.closest(".spot")) keys.Enter = () => pick(event);
    const action = !native && keys[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
  function faster(by) {
    const found = choices[Math.min(choices.length - 1, Math.max(0, choices.indexOf(speed) + by))];
    speed = found;
    pace.value = String(found);
    show();
  }

  // -- what comes from Python

  function opened() {
    const about = model.get("window"), bytes = model.get("rows");
    if (!bytes || about.bytes !== bytes.byteLength) return;  // the other half is still on its way
    rows = read(about, bytes);
    state = beginning(rows);
    page = null;
    for (const each of boxes) each.shown = "";
    Object.assign(scrub, { min: since(), max: until() });
    if (settings.growing) { stop.disabled = !about.running; live.disabled = !about.running; if (!about.running) following = false; }
    const by = asked?.by ?? 0;
    asked = null;
    if (following) t = until();
    if (!has(t)) { ask(t); return; }
    place = placeAt(rows, t);
    if (by) step(by); else show();
  }
  const moved = () => { const to = model.get("at"); if (rows && Math.abs(to - t) > 1e-9) { pause(); following = false; go(to); } };
  model.on("change:window", opened);
  model.on("change:rows", opened);
  model.on("change:at", moved);
  model.on("change:selection", () => show());
  on(still, "change", () => { pause(); label(); });
  const label = () => { play.textContent = still.matches ? "|▶" : "▶"; play.setAttribute("aria-label", still.matches ? "Step (motion is reduced)" : "Play"); play.hidden = still.matches; };
  label();
  opened();
  if (settings.growing) timer = setInterval(() => { if (rows?.about.running !== false) model.send({ at: following ? null : t, more: true }); }, 250);

  return () => {
    cancelAnimationFrame(frame);
    clearInterval(timer);
    playing = false;
    model.off("change:window", opened);
    model.off("change:rows", opened);
    model.off("change:at", moved);
    for (const [target, name, action] of listeners) target.removeEventListener(name, action);
  };
}

export default { render };
