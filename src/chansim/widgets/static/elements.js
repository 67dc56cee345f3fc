// Elements: how a page's parts are made, for every widget that stands before its code in one module.

const SVG = "http://www.w3.org/2000/svg";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const draw = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// JupyterLab takes arrow keys and letters from a focused element unless that very element says otherwise.
const control = (tag, properties, ...children) => {
  const element = make(tag, properties, ...children);
  element.dataset.lmSuppressShortcuts = "true";
  return element;
};

// To Python, which may have ended meanwhile: then *gone* is called, for nobody would answer.
const GONE = "The kernel that drew this is gone: run the cell again.";
const tell = (model, message, gone) => {
  try { model.send(message); } catch { gone(); }
};
