// The race in the browser: starts and stops what Python executes, and asks it now and then how far it is.

const LOOK = 250;  // milliseconds from one answer to the next question: nobody is asked while nobody looks, or twice at once
let made = 0;

function render({ model, el }) {
  const names = `chansim-race-${++made}`;
  const shown = () => model.get("shown");
  const start = control("button", { type: "button", textContent: "Start the race", onclick: () => tell(model, { do: "start" }, gone) });
  const stop = control("button", { type: "button", textContent: "Stop", onclick: () => tell(model, { do: "stop" }, gone) });
  const bar = make("progress", { max: 1 });
  bar.setAttribute("aria-label", "How much of the race is over");
  const clock = make("span", { className: "clock" });
  const dials = shown().dials.map((dial, i) => {
    const input = control("input", { type: "range", id: `${names}-${i}`, title: dial.doc });
    const seen = make("span", { className: "value", ariaHidden: "true" });  // the words are the input's
    const say = (value) => {
      seen.textContent = `${value} ${dial.unit}`;
      input.setAttribute("aria-valuetext", seen.textContent);
    };
    let soon, turn = "", turns = 0;
    input.addEventListener("input", () => {
      say(input.value);
      turn = `${input.id}-${++turns}`;
      clearTimeout(soon);
      soon = setTimeout(() => tell(model, { do: "turn", dial: dial.name, value: Number(input.value), turn }, gone), 200);  // the last of many
    });
    const put = ({ low, high, step, value }) => {
      if (turn && turn !== shown().turn) return;  // it is turned on, and an older answer must not turn it back
      turn = "";
      Object.assign(input, { min: low, max: high, step });
      input.value = value;
      say(Number(value.toPrecision(6)));
    };
    return { put, element: make("span", { className: "dial" }, make("label", { htmlFor: input.id, textContent: dial.label }), input, seen) };
  });
  const turning = make("div", { className: "bar" }, ...dials.map(({ element }) => element));
  const racing = make("div", { className: "bar" }, start, stop, bar, clock);
  const problem = make("p", { className: "problem" });
  problem.setAttribute("role", "alert");
  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");
  const picture = make("div", { className: "picture" });
  const root = make("div", { className: "chansim-bars chansim-race" }, turning, racing, problem, status, picture);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Race: executed for real, over its simulation");
  el.append(root);

  let soon;
  const gone = () => {
    problem.textContent = GONE;
    problem.hidden = false;
  };
  const show = () => {
    const { stage, words, problem: wrong, seconds, at, answered, expected, dials: turned } = shown();
    const held = document.activeElement, on = stage === "racing" || stage === "ending";
    start.disabled = on;
    stop.disabled = stage !== "racing";
    if (held === start && on) stop.focus();  // a button that can do no more must not swallow the keyboard
    if (held === stop && !on) start.focus();
    turning.hidden = !turned.length;
    bar.value = stage === "over" ? 1 : at / seconds;
    clock.textContent = on ? `${at.toFixed(1)} of ${seconds} s; ${answered} answered (dashed), ${expected} in the simulation` : "";
    turned.forEach((dial, i) => dials[i].put(dial));
    if (status.textContent !== words) status.textContent = words;  // said once, and not at every look
    problem.textContent = wrong;
    problem.hidden = !wrong;
    clearTimeout(soon);
    if (on) soon = setTimeout(() => tell(model, { do: "look" }, gone), LOOK);
  };
  const draw = () => {
    picture.innerHTML = model.get("svg");  // drawn by chansim.svg or matplotlib, which escape what they are told
    grow();
  };
  const grow = () => {
    const svg = picture.querySelector("svg"), known = svg.querySelector(":scope > .curve");
    const curve = known ?? document.createElementNS(svg.namespaceURI, "path");
    curve.setAttribute("class", "curve");
    curve.setAttribute("d", model.get("curve"));
    if (!known) svg.append(curve);
  };
  model.on("change:svg", draw);
  model.on("change:curve", grow);
  model.on("change:shown", show);
  model.on("comm_live_update", gone);
  draw();
  show();
  return () => {
    clearTimeout(soon);
    model.off("change:svg", draw);
    model.off("change:curve", grow);
    model.off("change:shown", show);
    model.off("comm_live_update", gone);
  };
}

export default { render };
