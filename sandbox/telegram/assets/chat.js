// The chat of a sandbox user with the bot.
"use strict";

const base = location.pathname.replace(/\/$/, "");
const el = (id) => document.getElementById(id);
let shown = "";
let blocked = false;

async function act(path, body) {
  el("problem").textContent = "";
  try {
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body || {}),
    });
    if (!answer.ok) el("problem").textContent = (await answer.json()).error || "That did not work.";
  } catch (lost) {
    el("problem").textContent = "The sandbox cannot be reached.";
  }
  await refresh();
}

function lineOf(message) {
  const line = document.createElement("li");
  line.className = message.from_bot ? "bot" : "me";
  line.append(message.text);
  const keyboard = message.reply_markup ? message.reply_markup.inline_keyboard : [];
  for (const buttons of keyboard) {
    const row = document.createElement("div");
    row.className = "row";
    for (const button of buttons) {
      if (button.url) {
        const link = Object.assign(document.createElement("a"), { href: button.url, textContent: button.text, target: "_blank", rel: "noopener" });
        row.append(link);
      } else {
        const press = Object.assign(document.createElement("button"), { type: "button", textContent: button.text });
        press.addEventListener("click", () => act("/press", { message_id: message.message_id, data: button.callback_data }));
        row.append(press);
      }
    }
    line.append(row);
  }
  if (message.callback_answer) {
    line.append(Object.assign(document.createElement("span"), { className: "answer", textContent: message.callback_answer }));
  }
  return line;
}

async function refresh() {
  try {
    const answer = await fetch(base + "/messages", { cache: "no-store" });
    const text = await answer.text();
    if (!answer.ok || text === shown) return;
    shown = text;
    const chat = JSON.parse(text);
    blocked = chat.user.blocked;
    el("block").textContent = blocked ? "Unblock the bot" : "Block the bot";
    el("messages").replaceChildren(...chat.messages.map(lineOf));
  } catch (lost) {
    el("problem").textContent = "The sandbox cannot be reached.";
  }
}

el("write").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = el("text").value;
  el("text").value = "";
  act("/send", { text });
});
el("start").addEventListener("click", () => act("/start", { payload: "" }));
el("block").addEventListener("click", () => act(blocked ? "/unblock" : "/block"));
setInterval(refresh, 1000);
refresh();
