// The lab in the browser: native controls, and the picture that Python sends. It decides nothing: what is turned
// goes to Python as "wanted", what comes back as "shown" is drawn.

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// JupyterLab takes arrow keys and letters from a focused element unless that very element says otherwise.
const control = (tag, properties) => {
  const element = make(tag, properties);
  element.dataset.lmSuppressShortcuts = "true";
  return element;
};

// A knob: its name, a slider, a field for the exact number, and the unit. `turned` is called after each change.
function knob(turned) {
  const name = make("span", { className: "name" });
  const slider = control("input", { type: "range" });
  const field = control("input", { type: "number" });
  const unit = make("span", { className: "unit" });
  slider.addEventListener("input", () => { field.value = slider.value; turned(field); });
  const typed = () => { slider.value = field.value; turned(field); };
  field.addEventListener("change", typed);
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") typed(); });
  return {
    row: make("div", { className: "knob" }, make("label", {}, name, slider), field, unit),
    get name() { return slider.name; },
    get value() { return field.value === "" ? null : Number(field.value); },
    show({ name: id, label, unit: words, low, high, step, value }) {
      name.textContent = label;
      unit.textContent = words;
      Object.assign(slider, { name: id, min: low, max: high, step, value });
      Object.assign(field, { min: low, max: high, step, value });
      slider.setAttribute("aria-label", `${label}, ${words}`);
      field.setAttribute("aria-label", `${label}, ${words}, as a number`);
      field.removeAttribute("aria-invalid");
    },
  };
}

function render({ model, el }) {
  const shown = () => model.get("shown");
  let latest = shown().turn;  // the last change that was sent
  let touched = null;  // and the field it was made in

  const send = (field) => {
    touched = field;
    latest += 1;
    const values = Object.fromEntries(knobs.map((each) => [each.name, each.value]));
    model.set("wanted", { turn: latest, of: shown().deployment, deployment: choice.value, values });
    model.save_changes();
    picture.setAttribute("aria-busy", "true");
  };

  const choice = control("select", {});
  choice.append(...shown().deployments.map(([value, text]) => make("option", { value }, text)));
  choice.addEventListener("change", () => send(null));
  const knobs = shown().knobs.map(() => knob(send));
  const summary = make("p", { className: "summary", role: "status" });
  const problem = make("p", { className: "problem", role: "alert" });
  const picture = make("div", { className: "picture" });
  const code = make("code", {});
  const controls = make("fieldset", {}, make("legend", {}, "Lab"));
  controls.append(
    make("div", { className: "knob" }, make("label", {}, make("span", { className: "name" }, "Deployment"), choice)),
    ...knobs.map((each) => each.row),
  );
  const root = make("div", { className: "chansim-lab" }, controls, problem, summary, picture, make("p", {}, "In Python: ", code));
  el.append(root);

  const draw = () => {
    const now = shown();
    summary.textContent = now.summary;
    problem.textContent = now.problem;
    code.textContent = now.code;
    if (picture.dataset.drawn !== now.svg) picture.innerHTML = now.svg;
    if (now.turn < latest) return;  // a newer change is on its way: do not pull the knob back under the hand
    picture.removeAttribute("aria-busy");
    if (now.problem) touched?.setAttribute("aria-invalid", "true");  // and what was typed stays, to be mended
    else {
      choice.value = now.deployment;
      knobs.forEach((each, place) => each.show(now.knobs[place]));
    }
  };
  model.on("change:shown", draw);
  draw();
  return () => model.off("change:shown", draw);
}

export default { render };
