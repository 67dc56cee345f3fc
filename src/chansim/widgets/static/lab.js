// The lab in the browser: it draws what Python says is there, and tells Python what somebody does. It decides
// nothing about the deployment: what was done goes out as a message, what comes back is drawn.

const text = (words, attributes) => {
  const element = draw("text", attributes);
  element.textContent = words;
  return element;
};

const button = (words, does, properties = {}) => {
  const element = control("button", { type: "button", textContent: words, ...properties });
  element.addEventListener("click", () => { if (element.getAttribute("aria-disabled") !== "true") does(element); });
  return element;
};

// A button that cannot be used now stays in the tab order, and says why.
const allow = (element, why) => {
  if (why) element.setAttribute("aria-disabled", "true");
  else element.removeAttribute("aria-disabled");
  element.title = why || "";
};

// Each lab loads this file anew, so that counting would give two of them the same.
const fresh = () => `chansim-lab-${Math.random().toString(36).slice(2, 10)}`;

// -- a knob: its name, and what it is turned by

const options = (into, pairs, value) => {
  const wanted = JSON.stringify(pairs);
  if (into.chansimState !== wanted) {
    into.chansimState = wanted;
    into.replaceChildren(...pairs.map(([each, words]) => make("option", { value: each }, words)));
  }
  into.value = value;
};

// One of several words.
function choiceKnob(turned) {
  const name = make("span", { className: "name" });
  const select = control("select", {});
  select.addEventListener("change", () => turned(select, select.value));
  return {
    row: make("div", { className: "knob" }, make("label", {}, name, select)),
    show({ label, options: words, value, doc }) {
      name.textContent = label;
      name.title = doc;
      select.setAttribute("aria-label", `${label}, ${doc}`);
      options(select, words.map((each) => [each, each]), value);
      select.removeAttribute("aria-invalid");
    },
  };
}

// In a notebook Enter alone is no change in Chromium, and is one in Firefox: it is told once.
function whenTyped(field, does) {
  let entered = false;
  field.addEventListener("change", () => { if (!entered) does(); });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    entered = true;
    setTimeout(() => { entered = false; });
    does();
  });
}

// Several words or numbers, with commas between them.
function listedKnob(turned) {
  const name = make("span", { className: "name" });
  const field = control("input", { type: "text", spellcheck: false });
  whenTyped(field, () => turned(field, field.value));
  return {
    row: make("div", { className: "knob" }, make("label", {}, name, field)),
    show({ label, value, doc }) {
      name.textContent = label;
      name.title = doc;
      field.placeholder = doc;
      field.setAttribute("aria-label", `${label}, ${doc}`);
      field.value = value;
      field.removeAttribute("aria-invalid");
    },
  };
}

// A slider, a field for the exact number, and the unit; and where it can vary, the law by which it does.
function knob(turned) {
  const name = make("span", { className: "name" });
  const slider = control("input", { type: "range" });
  const field = control("input", { type: "number" });
  const unit = make("span", { className: "unit" });
  const law = control("select", { className: "law" });
  law.addEventListener("change", () => turned(law, law.value));
  const label_ = make("label", {}, name, slider);
  slider.addEventListener("input", () => { field.value = slider.value; turned(field, Number(slider.value)); });
  const typed = () => { slider.value = field.value; turned(field, field.value === "" ? null : Number(field.value)); };
  whenTyped(field, typed);
  return {
    row: make("div", { className: "knob" }, label_, field, unit, law),
    show({ label, unit: words, low, high, step, value, doc, laws, law: chosen }) {
      law.hidden = !laws;
      if (laws) options(law, laws, chosen);
      law.setAttribute("aria-label", `${label}, how it varies`);
      law.removeAttribute("aria-invalid");
      for (const each of [slider, field, unit]) each.hidden = value === null;
      name.textContent = label;
      name.title = doc || "";
      unit.textContent = words;
      Object.assign(slider, { min: low, max: high, step });
      Object.assign(field, { min: low, max: high, step: "any" });
      if (value !== null && Number(slider.value) !== value) slider.value = value;
      if (value !== null && (field.value === "" || Number(field.value) !== value)) field.value = value;
      const said = words ? `${label}, ${words}` : label;
      slider.setAttribute("aria-label", said);
      field.setAttribute("aria-label", `${said}, as a number`);
      if (doc) slider.setAttribute("aria-description", doc);
      field.removeAttribute("aria-invalid");
    },
  };
}

// Keep one element for each thing of a list, by its id, so that focus outlives a redraw.
function keep(parent, elements, things, born, update) {
  const wanted = new Set(things.map((thing) => thing.id));
  for (const [id, element] of elements) if (!wanted.has(id)) { element.remove(); elements.delete(id); }
  for (const thing of things) {
    let element = elements.get(thing.id);
    if (!element) {
      element = born(thing);
      elements.set(thing.id, element);
      parent.append(element);
    }
    const state = JSON.stringify(thing);
    if (element.chansimState !== state) {
      element.chansimState = state;
      update(element, thing);
    }
  }
}

function render({ model, el }) {
  const shown = () => model.get("shown");
  let latest = shown().turn;  // the last thing that was sent
  let waiting = null;  // a turn of a knob that is to be sent when the one before is answered
  let touched = null;  // the field it was made in
  let selected = model.get("panel").selected || "";
  let alive = true;

  // Every edit is sent. Of the turns of a knob only the newest waits while one is under way: it overtakes the others.
  const send = (does, ...values) => {
    if (!alive) { problem.textContent = GONE; return; }
    latest += 1;
    root.dataset.sent = latest;
    tell(model, { turn: latest, do: does, with: values }, gone);
  };
  let foreseen = null;  // what Python will say of a dial that is being turned, as far as it is plain
  const foresee = (dial, value) => {
    if (value === null) return;
    foreseen = new Map(dial.written.map(({ component, line, parts }) => [component, [line, parts.join(String(value))]]));
    drawPicture();
    drawStale();
  };
  const turned = (...what) => {
    if (shown().turn < latest) waiting = what;
    else send(...what);
  };
  const edit = (verb, placed = [], named = {}) => send("edit", verb, placed, named);

  // -- above the picture

  const deployment = control("select", { ariaLabel: "Deployment" });
  deployment.append(...shown().deployments.map(([value, words]) => make("option", { value }, words)));
  deployment.addEventListener("change", () => send("choose", deployment.value));
  const layer = control("select", { ariaLabel: "Channel layer" });
  layer.addEventListener("change", () => edit("use_layer", [layer.value]));
  const layerLabel = make("label", {}, make("span", {}, "Channel layer"), layer);
  const machineAt = () => {
    const now = shown();
    const box = now.picture.boxes.find((each) => each.id === selected);
    const named = selected.startsWith("machine:") ? selected.slice(8) : box?.machine;
    if (named && now.machines.includes(named)) return named;
    const working = now.picture.boxes.filter((each) => each.role !== "layer" && each.role !== "client" && each.machine);
    return working.at(-1)?.machine ?? now.machines.at(-1);
  };
  const moreWorkers = button("+ worker", () => send("worker", machineAt()));
  const lessWorkers = button("− worker", () => send("no worker", machineAt()), { ariaLabel: "remove a worker" });
  const moreServers = button("+ server", () => edit("add_server", [machineAt()]));
  const moreMachines = button("+ machine", () => edit("add_machine"));
  const undo = button("Undo", () => send("undo"));
  const redo = button("Redo", () => send("redo"));
  const reset = button("Reset", () => send("reset"));
  const choices = make("div", { className: "choices" },
    make("label", {}, make("span", {}, "Deployment"), deployment), layerLabel);
  const tools = make("div", { className: "tools" }, moreWorkers, lessWorkers, moreServers, moreMachines,
    make("span", { className: "gap" }), undo, redo, reset);
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "Change it");
  const dials = make("div", { className: "dials" });
  const dialOf = new Map();
  const head = make("fieldset", { className: "head" }, make("legend", {}, "Lab"), choices, dials, tools);

  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");

  // -- the picture

  const picture = draw("svg", { class: "topology", role: "group" });
  const help = make("p", { className: "help", id: fresh() },
    "Arrow keys walk through the picture, Enter shows what can be done to a box. Plus adds a worker there, Delete takes it "
    + "away, M moves it to the next machine, K kills it or lets it come back, C cuts a way. Boxes can be dragged to another machine.");
  picture.setAttribute("aria-describedby", help.id);
  const layers = ["frames", "arrows", "boxes", "channels"].map((name) => draw("g", { class: name }));
  picture.append(draw("defs", {}, ...["start", "end"].map((end) => {
    const marker = draw("marker", { id: `${help.id}-${end}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7,
      markerHeight: 7, orient: end === "start" ? "auto-start-reverse" : "auto", markerUnits: "userSpaceOnUse" });
    marker.append(draw("path", { d: "M0 0.5 L8 4 L0 7.5 Z", class: "head" }));
    return marker;
  })), ...layers);
  const kept = { frames: new Map(), arrows: new Map(), boxes: new Map(), channels: new Map() };
  const all = () => [...kept.frames, ...kept.boxes, ...kept.channels, ...kept.arrows].map(([, element]) => element);
  let current = "";  // the one that Tab comes to

  const born = (kind) => (thing) => {
    const element = draw("g", { class: kind, role: "button", tabindex: -1, "data-id": thing.id });
    element.dataset.lmSuppressShortcuts = "true";
    return element;
  };
  const say = (element, thing, more = "") => {
    element.setAttribute("aria-label", thing.words + more);
    element.setAttribute("aria-pressed", String(thing.id === selected));
  };
  const boxed = (thing, attributes) => draw("rect", { x: thing.x, y: thing.y, width: thing.width, height: thing.height, ...attributes });

  const busyOf = (thing) => {
    const { busy, of } = model.get("figures");
    const shares = thing.lanes.map((lane) => busy?.[lane]).filter((share) => share !== undefined);
    return shares.length ? { share: shares.reduce((sum, share) => sum + share, 0) / thing.lanes.length, old: Boolean(foreseen) || of !== shown().code } : null;
  };
  const asForeseen = (thing) => {
    const [line, words] = foreseen?.get(thing.component) ?? [];
    return line === undefined ? thing : { ...thing, lines: thing.lines.map((each) => (each === line ? words : each)) };
  };

  function drawFrame(element, thing) {
    element.dataset.machine = thing.name;
    element.replaceChildren(boxed(thing, { class: "edge", rx: 8 }), boxed({ ...thing, height: 26 }, { class: "grip" }),
      text(thing.label, { x: thing.x + 10, y: thing.y + 18, class: "bold quiet" }));
    if (thing.empty) element.append(text("nothing runs here", { x: thing.x + 10, y: thing.y + 40, class: "quiet small" }));
    say(element, thing);
  }

  function drawBox(element, thing) {
    const middle = thing.x + thing.width / 2;
    const { busy } = thing;
    element.dataset.component = thing.component;
    element.dataset.role = thing.role;
    element.classList.toggle("movable", thing.movable);
    element.classList.toggle("broken", Boolean(thing.fault));
    const corner = thing.role === "client" ? thing.height / 2 : 4;
    const parts = thing.lanes.length > 1
      ? [6, 3].map((shift) => boxed({ ...thing, x: thing.x + shift, y: thing.y + shift }, { class: "edge", rx: corner })) : [];
    parts.push(boxed(thing, { class: "edge", rx: corner }));
    if (busy) parts.push(draw("rect", { class: busy.old ? "level old" : "level", x: thing.x + 1, y: thing.y + 1, rx: 3,
      width: Math.max(0, (thing.width - 2) * Math.min(1, busy.share)), height: thing.height - 2 }));
    if (thing.role === "layer") for (const x of [thing.x + 5, thing.x + thing.width - 5]) {
      parts.push(draw("line", { class: "rim", x1: x, x2: x, y1: thing.y, y2: thing.y + thing.height }));
    }
    const said = busy ? `${Math.round(100 * busy.share)}%` : "";
    const mark = thing.fault ? `✕ ${thing.fault}` : "";
    if (thing.lines.length === 1 && thing.height < 40) {  // one of the stack
      const below = thing.y + thing.height / 2 + 4;
      parts.push(busy ? text(thing.lines[0], { x: thing.x + 10, y: below })
        : text(thing.lines[0], { x: middle, y: below, class: "centre" }));
      if (busy) parts.push(text(said, { x: thing.x + thing.width - 8, y: below, class: "end small" }));
      if (mark) parts.push(text(mark, { x: thing.x + thing.width / 2, y: thing.y - 2, class: "centre small lost halo" }));
    } else {
      const lines = [...thing.lines.map((words, place) => [words, place < thing.bold ? "bold" : "small"]),
        ...(busy ? [[`${said} busy`, "small"]] : [])];
      const y = thing.y + thing.height / 2 - 7.5 * lines.length + 11.5;
      lines.forEach(([words, look], place) => parts.push(text(words, { x: middle, y: y + 15 * place, class: `centre ${look}` })));
      if (mark) parts.push(text(mark, { x: middle, y: thing.y - 4, class: "centre small lost halo" }));
    }
    element.replaceChildren(...parts);
    say(element, thing, busy ? `, busy ${Math.round(100 * busy.share)} % of the run${busy.old ? " before" : ""}` : "");
  }

  function drawChannel(element, thing) {
    element.dataset.channel = thing.channel;
    element.replaceChildren(boxed(thing, { class: "edge", rx: 3 }),
      text(thing.label, { x: thing.x + thing.width / 2, y: thing.y + thing.height - 4, class: "centre small" }));
    say(element, thing);
  }

  const per = (rate) => (rate >= 100 ? `${Math.round(rate)}/s` : `${rate.toFixed(1)}/s`);

  function drawArrow(element, thing) {
    const points = thing.points.map((point) => point.join(",")).join(" ");
    const there = thing.flow?.[0] ?? 0;
    const back = thing.flow?.[1] ?? 0;
    const both = thing.both || back > 0;
    const thick = 1.2 + 2.8 * Math.min(1, (there + back) / (thing.most || 1));
    element.dataset.link = thing.id;
    element.classList.toggle("broken", Boolean(thing.fault));
    const parts = [draw("polyline", { class: "reach", points }),
      draw("polyline", { class: "line", points, "stroke-width": thick.toFixed(1), "marker-end": `url(#${help.id}-end)`,
        "marker-start": both ? `url(#${help.id}-start)` : undefined })];
    if (thing.label) {
      const [x, y] = thing.label;
      parts.push(text(`${per(there)} →`, { x, y: y - 5, class: "centre small halo" }));
      if (back) parts.push(text(`← ${per(back)}`, { x, y: y + 14, class: "centre small halo" }));
    }
    if (thing.fault) {
      const [x, y] = thing.cross;
      parts.push(draw("path", { class: "cross", d: `M${x - 6} ${y - 6}l12 12m0 -12l-12 12` }));
      if (thing.told) parts.push(text(thing.fault, { x: thing.told[0], y: thing.told[1], class: "centre small lost halo" }));
    }
    element.replaceChildren(...parts);
    say(element, thing, there + back > 0 ? `, ${per(there)} there, ${per(back)} back` : "");
  }

  // What is written on arrows, and where: somewhere along each, clear of boxes, frames' edges and of one another; else nowhere.
  function withFlow(arrows, frames, boxes) {
    const { flows = {}, of } = model.get("figures");
    const now = of === shown().code && !foreseen ? flows : {};
    const most = Math.max(1e-9, ...Object.values(now).map(([a, b]) => a + b));
    const taken = boxes.map((box) => [box.x - 2, box.y - 2, box.x + box.width + 2, box.y + box.height + 2]);
    for (const box of frames) for (const x of [box.x, box.x + box.width]) taken.push([x - 1, box.y, x + 1, box.y + box.height]);
    const take = (x, y, half, up, down) => {
      const wanted = [x - half, y - up, x + half, y + down];
      if (taken.some(([a, b, c, d]) => wanted[0] < c && a < wanted[2] && wanted[1] < d && b < wanted[3])) return null;
      taken.push(wanted);
      return [x, y];
    };
    const along = (thing, half, up, down) => {
      const [[x0, y0], [x1, y1]] = thing.points.slice(-2);
      for (const share of [0.5, 0.38, 0.62, 0.25, 0.75]) {
        const found = take(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, half, up, down);
        if (found) return found;
      }
      return null;
    };
    const told = new Set();  // a cut is told once, however many arrows it cuts
    return arrows.map((thing) => {
      const [there, back] = now[thing.id] ?? [0, 0];
      const [[x0, y0], [x1, y1]] = thing.points.slice(-2);
      const cut = thing.fault && [...thing.machines].sort().join() + thing.fault;
      const found = { ...thing, flow: now[thing.id] ?? null, most, label: null, cross: [(x0 + x1) / 2, (y0 + y1) / 2], told: null };
      if (cut && !told.has(cut)) {
        found.told = along(thing, 3.6 * thing.fault.length, 12, 4);
        if (found.told) told.add(cut);
      } else if (!cut && there + back > 0) found.label = along(thing, 24, 17, back ? 18 : 0);
      return found;
    });
  }

  function drawPicture() {
    const { picture: plan } = shown();
    picture.setAttribute("viewBox", `0 0 ${plan.width} ${plan.height}`);
    picture.setAttribute("aria-label", `${plan.title}: the deployment, to be changed`);
    keep(layers[0], kept.frames, plan.frames, born("frame"), drawFrame);
    keep(layers[1], kept.arrows, withFlow(plan.arrows, plan.frames, plan.boxes), born("arrow"), drawArrow);
    keep(layers[2], kept.boxes, plan.boxes.map((thing) => ({ ...asForeseen(thing), busy: busyOf(thing) })), born("box"), drawBox);
    keep(layers[3], kept.channels, plan.channels, born("channel"), drawChannel);
    let hole = layers[0].querySelector(".corridor");  // a shared layer that crosses the machines is inside none of them
    if (!plan.corridor) hole?.remove();
    else {
      hole ??= layers[0].appendChild(draw("rect", { class: "corridor" }));
      for (const [name, value] of Object.entries(plan.corridor)) hole.setAttribute(name, value);
    }
    const elements = all();
    if (selected && !selected.startsWith("request:") && !elements.some((element) => element.dataset.id === selected)
      && !shown().components.includes(selected)) selected = "";
    if (!elements.some((element) => element.dataset.id === current)) current = plan.boxes[0]?.id ?? "";
    for (const element of elements) {
      element.setAttribute("tabindex", element.dataset.id === current ? 0 : -1);
      element.setAttribute("aria-pressed", String(element.dataset.id === selected));
    }
    mark();
  }

  const thingOf = (element) => {
    const { picture: plan } = shown();
    return [...plan.frames, ...plan.boxes, ...plan.channels, ...plan.arrows].find((thing) => thing.id === element.dataset.id);
  };
  const walkTo = (element) => {
    current = element.dataset.id;
    for (const each of all()) each.setAttribute("tabindex", each === element ? 0 : -1);
    element.focus();
  };

  function select(id, focus = false) {
    selected = id;
    for (const element of all()) element.setAttribute("aria-pressed", String(element.dataset.id === id));
    mark();
    send("select", nameOf(id));
    if (focus) panelFocus = true;
  }
  let panelFocus = false;
  // A box of several lanes stands for the first of them that can be turned.
  const nameOf = (id) => shown().picture.boxes.find((box) => box.id === id)?.component ?? id;

  // The nearest in the direction of an arrow key: how far it is that way, and twice how far beside it.
  function nearest(from, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const centre = (element) => { const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
    const [x, y] = centre(from);
    let best = null;
    let least = Infinity;
    for (const element of all()) {
      if (element === from) continue;
      const [ex, ey] = centre(element);
      const along = (ex - x) * dx + (ey - y) * dy;
      const beside = Math.abs((ex - x) * dy) + Math.abs((ey - y) * dx);
      if (along > 4 && along + 2 * beside < least) { least = along + 2 * beside; best = element; }
    }
    return best;
  }

  const cutOrMend = (thing) => {
    const [a, b] = thing.machines[0] ? thing.machines : [...thing.machines].reverse();
    if (a === b) { problem.textContent = `This way is within ${a || "the outside"}: a machine always reaches itself. Only ways between machines, and to the clients, can be cut.`; return; }
    if (thing.fault) edit("mend", [a, b]);
    else edit("cut", [a, b], { at: moment(), seconds: Math.max(1, Math.round(moment() / 2)) });
  };
  const moment = () => Number((model.get("figures").seconds / 3).toPrecision(2));
  const killOrRestart = (thing) => {
    if (thing.fault.includes("killed") && !thing.fault.includes("back")) {
      const at = Number(/killed at ([\d.]+)/.exec(thing.fault)[1]);
      edit("restart", [thing.component], { at: Number((at * 1.5).toPrecision(3)) });
    } else edit("kill", [thing.component], { at: moment() });
  };

  picture.addEventListener("keydown", (event) => {
    const element = event.target.closest("[data-id]");
    const thing = element && thingOf(element);
    if (!thing || event.ctrlKey || event.metaKey || event.altKey) return;
    const machine = thing.machine ?? (thing.id.startsWith("machine:") ? thing.name : "");
    const { machines } = shown();
    const keys = {
      Enter: () => select(thing.id, true),
      " ": () => select(thing.id === selected ? "" : thing.id),
      Escape: () => select(""),
      Delete: () => (thing.channel || thing.points ? null : edit("remove", [thing.component ?? thing.name])),
      Backspace: () => keys.Delete(),
      "+": () => send("worker", machine || machineAt()),
      "-": () => send("no worker", machine || machineAt()),
      m: () => thing.component && edit("move", [thing.component, machines[(machines.indexOf(machine) + 1) % machines.length]]),
      M: () => thing.component && edit("move", [thing.component, machines[(machines.indexOf(machine) - 1 + machines.length) % machines.length]]),
      k: () => thing.lanes && killOrRestart(thing),
      c: () => thing.points && cutOrMend(thing),
      z: () => shown().undo && send("undo"),
    };
    const does = keys[event.key];
    if (event.key.startsWith("Arrow")) { const next = nearest(element, event.key); if (next) walkTo(next); }
    else if (does) does();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // -- dragged

  const at = (event) => {
    const matrix = picture.getScreenCTM().inverse();
    return [event.clientX * matrix.a + matrix.e, event.clientY * matrix.d + matrix.f];
  };
  const frameAt = ([x, y]) => shown().picture.frames.find((box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);
  let drag = null;
  picture.addEventListener("pointerdown", (event) => {
    const element = event.target.closest("[data-id]");
    if (!element || event.button) return;
    walkTo(element);
    event.preventDefault();
    drag = { element, thing: thingOf(element), from: at(event), moved: false };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!drag?.thing.movable) return;
    const [x, y] = at(event);
    const [dx, dy] = [x - drag.from[0], y - drag.from[1]];
    drag.moved ||= Math.hypot(dx, dy) > 5;
    if (!drag.moved) return;
    drag.element.setAttribute("transform", `translate(${dx.toFixed(1)} ${dy.toFixed(1)})`);
    drag.element.classList.add("dragged");
    const over = frameAt([x, y])?.id;
    for (const [id, frame] of kept.frames) frame.classList.toggle("over", id === over && over !== `machine:${drag.thing.machine}`);
  });
  const dropped = (event) => {
    if (!drag) return;
    const { element, thing, moved } = drag;
    drag = null;
    element.removeAttribute("transform");
    element.classList.remove("dragged");
    for (const frame of kept.frames.values()) frame.classList.remove("over");
    if (event.type === "pointercancel") return;
    const over = moved && frameAt(at(event));
    if (over && over.name !== thing.machine) edit("move", [thing.component, over.name]);
    else if (!moved) select(thing.id === selected ? "" : thing.id);
  };
  picture.addEventListener("pointerup", dropped);
  picture.addEventListener("pointercancel", dropped);

  // -- beside it: what is selected

  const panel = make("section", { className: "panel" });
  panel.setAttribute("aria-label", "What is selected");
  const panelTitle = make("h4", {});
  const which = control("select", { ariaLabel: "Part" });
  which.addEventListener("change", () => select(which.value));
  const panelPick = make("label", {}, make("span", {}, "Part"), which);
  const machine = control("select", { ariaLabel: "Machine" });
  machine.addEventListener("change", () => edit("move", [model.get("panel").name, machine.value]));
  const machineLabel = make("label", {}, make("span", {}, "Machine"), machine);
  const when = control("input", { type: "number", min: 0, step: "any" });
  const whenLabel = make("label", {}, make("span", {}, "at s"), when);
  const kill = button("Kill", () => edit("kill", [model.get("panel").name], { at: Number(when.value) }));
  const restart = button("Restart", () => edit("restart", [model.get("panel").name], { at: Number(when.value) }));
  const cut = button("Cut this way", () => cutOrMend(shown().picture.arrows.find((thing) => thing.id === selected)));
  const remove = button("Remove", () => edit("remove", [model.get("panel").name]));
  const panelKnobs = make("div", { className: "knobs" });
  const panelSays = make("p", { className: "quiet" });
  const does = make("div", { className: "tools" }, machineLabel, kill, restart, whenLabel, cut, remove);
  panel.append(make("div", { className: "tools" }, panelTitle, panelPick), panelSays, panelKnobs, does);
  const knobOf = new Map();

  function drawPanel() {
    const now = model.get("panel");
    const { components, picture: plan } = shown();
    if (which.childElementCount !== components.length + 1 || [...which.options].some((option, i) => option.value !== (i ? components[i - 1] : ""))) {
      which.replaceChildren(make("option", { value: "" }, "choose one"), ...components.map((name) => make("option", { value: name }, name)));
    }
    const arrow = plan.arrows.find((thing) => thing.id === now.selected);
    const channel = plan.channels.find((thing) => thing.id === now.selected);
    const request = /^request:(\d+)$/.exec(now.selected)?.[1];
    const named = Boolean(now.name);
    which.value = named && components.includes(now.name) ? now.name : "";
    panelTitle.textContent = named ? `${now.name}, ${now.kind}` : arrow ? arrow.words : channel ? channel.words : request ? `request ${request}` : "Nothing selected";
    panelSays.textContent = named && now.knobs === null ? "Looking for the knobs that matter here …"
      : named && !now.knobs.length ? "It has no knob that would change anything here."
      : channel ? "It is marked in the view as well, where that shows channels."
      : request ? "It is marked in every view that shows requests. Choose another view to see more of it."
      : named || arrow ? "" : "Click a box, a machine or an arrow of the picture, or press Enter on it.";
    panelSays.hidden = !panelSays.textContent;
    for (const [element, on] of [[machineLabel, named && now.machines.length > 1], [kill, named && now.kill !== null && !now.dead],
      [restart, named && now.dead], [whenLabel, named && now.kill !== null], [cut, Boolean(arrow)], [remove, named]]) element.hidden = !on;
    if (arrow) {
      const same = arrow.machines[0] === arrow.machines[1];
      cut.textContent = arrow.fault ? "Mend this way" : "Cut this way";
      allow(cut, same ? "Both ends are on one machine, which always reaches itself" : "");
    }
    if (named) {
      machine.replaceChildren(...now.machines.map((name) => make("option", { value: name }, name)));
      machine.value = now.machine;
      allow(kill, now.kill || "");
      allow(remove, now.remove);
      if (document.activeElement !== when) when.value = now.dead ? now.back : now.at;
    }
    when.setAttribute("aria-label", now.dead ? "restarted at, seconds" : "killed at, seconds");
    const knobs = (named && now.knobs) || [];
    keep(panelKnobs, knobOf, knobs.map((each) => ({ ...each, id: `${now.name}.${each.field}` })), (each) => {
      const kind = each.options ? choiceKnob : each.of === undefined ? knob : listedKnob;
      const made = kind((field, value) => { touched = field; turned("knob", each.component, each.field, value); });
      made.row.knob = made;
      return made.row;
    }, (row, each) => { if (shown().turn >= latest) row.knob.show(each); else row.chansimState = ""; });
    if (panelFocus && named && now.knobs !== null) {
      panelFocus = false;
      if (!panel.contains(document.activeElement)) (panelKnobs.querySelector(":is(input, select):not([hidden])") ?? which).focus();
    }
  }

  // -- numbers

  const strip = make("dl", { className: "numbers strip" });
  strip.setAttribute("aria-label", "What closed forms say");
  const numbers = make("dl", { className: "numbers" });
  numbers.setAttribute("aria-label", "What a short run came to");
  const list = (into, things) => {
    const made = things.map(({ label, value, bad, words }) => {
      const pair = make("div", { className: bad ? "bad" : "", title: words || "" }, make("dt", {}, label), make("dd", {}, value));
      return pair;
    });
    into.replaceChildren(...made);
  };
  const view = control("select", { ariaLabel: "View" });
  view.append(...shown().views.map(([value, words]) => make("option", { value }, words)));
  view.addEventListener("change", () => send("view", view.value));
  const seen = make("div", { className: "view" });
  seen.addEventListener("click", (event) => {
    const found = event.target.closest("[data-component], [data-lane], [data-lifeline], [data-channel], [data-request]");
    if (!found) return;
    const { component, lane, lifeline, channel, request } = found.dataset;
    if (request && Number(request)) { select(`request:${request}`); return; }
    const { picture: plan } = shown();
    const name = component ?? lane ?? lifeline ?? channel;
    const thing = plan.boxes.find((box) => box.lanes.includes(name) || box.component === name || box.component === name.split("/")[0])
      ?? plan.channels.find((each) => each.channel === (channel ?? name));
    if (thing) select(thing.id);
  });
  const summary = make("p", { className: "summary" });
  summary.setAttribute("role", "status");
  const longer = button("Run long", () => send("long"));
  const stop = button("Stop", () => send("stop"));
  const progress = make("progress", { max: 1, value: 0 });
  progress.setAttribute("aria-label", "How far the long run is");
  const answer = make("p", { className: "answer" });
  answer.setAttribute("role", "status");

  function drawFigures() {
    const now = model.get("figures");
    list(numbers, now.numbers);
    summary.textContent = now.summary;
    drawStale();
    drawPicture();
    left_();
  }
  function drawView() {
    const now = model.get("view");
    if (seen.chansimDrawn !== now.svg) { seen.innerHTML = now.svg ?? ""; seen.chansimDrawn = now.svg; }
    view.value = now.name ?? "";
    root.dataset.view = now.name ?? "";
    drawStale();
    mark();
  }
  // What a run said of another deployment than the one in the picture is pale until the new run is there.
  function drawStale() {
    const old = Boolean(foreseen) || model.get("figures").of !== shown().code;
    for (const element of [numbers, summary]) element.classList.toggle("old", old);
    const oldView = old || model.get("view").of !== shown().code;
    seen.classList.toggle("old", oldView);
    root.dataset.seen = oldView ? "old" : "new";
    root.dataset.figures = old ? "old" : "new";
    root.setAttribute("aria-busy", String(old));
  }
  function drawAnswer() {
    const now = model.get("answer");
    const mine = now.of === shown().code;
    const running = mine && now.share < 1;
    stop.hidden = progress.hidden = !running;
    allow(longer, running ? "It is running" : "");
    progress.value = mine ? now.share ?? 0 : 0;
    answer.textContent = mine ? now.words ?? "" : "";
    answer.hidden = !answer.textContent;
  }

  // Mark in the view what is selected in the picture. A frame is drawn about it: colours keep their meaning.
  function mark() {
    for (const old of seen.querySelectorAll(".chansim-mark")) old.remove();
    if (!selected) return;
    const box = shown().picture.boxes.find((each) => each.id === selected);
    const names = new Set(box ? [...box.lanes, box.component] : [selected.split(":").pop()]);
    for (const element of seen.querySelectorAll("[data-component], [data-lane], [data-lifeline], [data-channel]")) {
      const { component, lane, lifeline, channel } = element.dataset;
      if (![component, lane, lifeline, channel].some((name) => name !== undefined && names.has(name))) continue;
      const around = element.getBBox?.();
      if (!around) continue;
      element.append(draw("rect", { class: "chansim-mark", x: around.x - 3, y: around.y - 3, width: around.width + 6, height: around.height + 6, rx: 3 }));
    }
  }

  // -- as code

  const above = make("pre", { className: "above" });  // what the line needs: imports, and what nobody can import
  const line = make("code", { className: "line" });
  const code = make("div", { className: "lines" }, above, line);
  const copy = button("Copy as code", async () => {
    const whole = [above.textContent, line.textContent].filter(Boolean).join("\n");
    try { await navigator.clipboard.writeText(whole); copied.textContent = "copied"; }
    catch {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      copied.textContent = document.execCommand("copy") ? "copied" : "selected: copy it with Ctrl+C";
    }
  });
  const copied = make("span", { className: "quiet" });
  copied.setAttribute("role", "status");

  // -- together

  const paper = make("div", { className: "paper" }, picture);
  const left = make("div", { className: "left" }, paper, strip, panel, help);
  const right = make("div", { className: "right" }, numbers,
    make("div", { className: "tools" }, make("label", {}, make("span", {}, "View"), view), longer, stop, progress), answer, seen);
  const root = make("div", { className: "chansim-lab" }, head, problem, make("div", { className: "columns" }, left, right), summary,
    make("div", { className: "code" }, copy, code, copied));

  function drawAll() {
    const now = shown();
    problem.textContent = now.problem;
    if (now.turn >= latest && waiting) {
      const next = waiting;
      waiting = null;
      send(...next);
    }
    const settled = now.turn >= latest;  // else a newer change is on its way: do not pull a knob back under the hand
    if (settled) foreseen = null;
    if (now.problem && settled) touched?.setAttribute("aria-invalid", "true");
    if (settled && !now.problem) deployment.value = now.deployment;
    layerLabel.hidden = !now.layers.length;
    const kinds = now.layers.map(({ kind, words, why_not: why }) => `${kind}|${words}|${why}`).join();
    if (layer.chansimState !== kinds) {
      layer.chansimState = kinds;
      layer.replaceChildren(...now.layers.map(({ kind, words, why_not: why }) =>
        make("option", { value: kind, disabled: Boolean(why), title: why }, why ? `${words} (not here: ${why})` : words)));
    }
    layer.value = now.layers.find((each) => each.chosen)?.kind ?? "";
    keep(dials, dialOf, now.dials.map((each) => ({ ...each, id: `${now.deployment}.${each.name}` })), (each) => {
      const made = knob((field, value) => {
        touched = field;
        if (typeof value === "number") foresee(shown().dials.find(({ name }) => name === each.name), value);
        turned("dial", each.name, value);
      });
      made.row.knob = made;
      return made.row;
    }, (row, each) => { if (settled && !now.problem) row.knob.show(each); else row.chansimState = ""; });
    allow(undo, now.undo ? "" : "There is nothing to undo");
    allow(redo, now.redo ? "" : "There is nothing to do again");
    list(strip, now.strip);
    if (line.textContent !== now.code) { line.textContent = now.code; copied.textContent = ""; }
    above.textContent = now.above.join("\n");
    above.hidden = !now.above.length;
    drawPicture();
    drawPanel();
    drawStale();
    drawAnswer();
    root.dataset.turn = now.turn;
  }

  // The notebook stores the picture as it is when somebody who changed it has left: the lab is drawn anew then, and the
  // page must not jump meanwhile.
  let first = shown().code;
  let leaving = 0;
  const inside = () => root.contains(document.activeElement) || root.matches(":hover");
  const keepIt = () => {
    if (inside() || !alive || shown().code === first || root.dataset.figures !== "new" || !root.isConnected) return;
    first = shown().code;
    el.parentElement.style.minHeight = `${el.parentElement.offsetHeight}px`;
    send("keep");
  };
  const left_ = () => { clearTimeout(leaving); leaving = setTimeout(keepIt, 600); };
  root.addEventListener("focusout", left_);
  root.addEventListener("pointerleave", left_);

  const gone = () => {
    alive = false;
    root.classList.add("gone");
    problem.textContent = GONE;
  };
  const watched = [["change:shown", drawAll], ["change:panel", drawPanel], ["change:figures", drawFigures], ["change:view", drawView],
    ["change:answer", drawAnswer], ["comm_live_update", gone]];
  for (const [event, does_] of watched) model.on(event, does_);
  el.append(root);
  requestAnimationFrame(() => { if (el.parentElement) el.parentElement.style.minHeight = ""; });
  drawAll();
  drawFigures();
  drawView();
  // Views are drawn in Python, for light or dark; the picture follows the notebook's colours by itself.
  let theme = "light";
  const follow = () => {
    if (!paper.isConnected) return;  // then it has no colours
    const [red = 255, green = 255, blue = 255] = (getComputedStyle(paper).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
    const now = red + green + blue < 384 ? "dark" : "light";
    if (now !== theme) { theme = now; send("theme", theme); }
  };
  const themes = new MutationObserver(() => setTimeout(follow, 300));  // the colours come a little later
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-theme-light", "class"] });
  const inPage = new ResizeObserver(follow);  // JupyterLab puts it into the page after this, and may be dark already
  inPage.observe(paper);
  return () => { clearTimeout(leaving); themes.disconnect(); inPage.disconnect(); for (const [event, does_] of watched) model.off(event, does_); };
}

export default { render };
