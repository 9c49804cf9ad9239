// What every part of the wall page is made with: text as text only, shapes, and the forms of times and rates.

export const byId = (id) => document.getElementById(id);
export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

// Control characters, and those that turn the direction of writing, could make a line lie.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
export const clean = (value) => String(value ?? "").replace(UNSEEN, "\ufffd");

export function put(element, value) {
  const text = clean(value);
  if (element.textContent !== text) element.textContent = text;
}

// Children are made anew only when what they show has changed.
const shown = new WeakMap();
export function fill(element, values, build) {
  const form = JSON.stringify(values);
  if (shown.get(element) === form) return;
  shown.set(element, form);
  element.replaceChildren(...build());
}

export function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = clean(text);
  return element;
}

export function draw(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = clean(text);
  return element;
}

export function shape(state) {
  const svg = draw("svg", { class: "shape", "aria-hidden": "true" });
  svg.append(draw("use", { href: `#shape-${state}` }));
  return svg;
}

function inZone(options) {
  const format = new Intl.DateTimeFormat("zh-CN", { timeZone: document.body.dataset.timezone, hourCycle: "h23", ...options });
  return (ms) => format.format(new Date(ms));
}
export const timeOf = inZone({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const minuteOf = inZone({ hour: "2-digit", minute: "2-digit" });
export const hourOf = inZone({ hour: "numeric" });
export const dateOf = inZone({ month: "long", day: "numeric", weekday: "long" });

export function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

// A rate just under its limit must not be rounded up to it.
export function percent(share) {
  const tenths = Math.floor(share * 1000 + 1e-6);
  return tenths === 1000 ? "100" : (tenths / 10).toFixed(1);
}

export const plainPercent = (share) => `${Number((share * 100).toFixed(2))}%`;
