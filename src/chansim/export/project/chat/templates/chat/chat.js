// One WebSocket. What comes is shown as text, whatever it looks like.
"use strict";

const log = document.getElementById("log");
const state = document.getElementById("state");
let socket = null;
let wait = 250;

function show(text) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const entry = document.createElement("p");
  entry.textContent = text;
  log.append(entry);
  while (log.childElementCount > 500) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/`);
  socket.addEventListener("open", () => {
    wait = 250;
    state.textContent = "Connected.";
  });
  socket.addEventListener("message", (event) => show(String(JSON.parse(event.data).text)));
  socket.addEventListener("close", () => {
    state.textContent = "The connection is gone. Trying again …";
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 10000);
  });
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = document.getElementById("text");
  if (!text.value.trim()) return;
  if (socket.readyState !== WebSocket.OPEN) {
    state.textContent = "Not sent: there is no connection yet.";
    return;
  }
  socket.send(JSON.stringify({ text: text.value }));
  text.value = "";
  text.focus();
});

connect();
