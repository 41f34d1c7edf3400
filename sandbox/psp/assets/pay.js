// Comfort only: the form works without it.
"use strict";
(function () {
  var number = document.getElementById("card_number");
  var exp = document.getElementById("exp");
  var form = document.querySelector("form");
  if (!number || !exp || !form) return;
  number.addEventListener("input", function () {
    if (number.selectionStart !== number.value.length) return;
    var d = number.value.replace(/\D/g, "").slice(0, 19);
    number.value = (d.match(/.{1,4}/g) || []).join(" ");
  });
  exp.addEventListener("input", function (e) {
    if (exp.selectionStart !== exp.value.length || (e.inputType || "").indexOf("delete") === 0) return;
    var d = exp.value.replace(/\D/g, "").slice(0, 4);
    exp.value = d.length >= 2 ? d.slice(0, 2) + " / " + d.slice(2) : d;
  });
  form.addEventListener("submit", function () {
    var b = form.querySelector("button");
    setTimeout(function () { b.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", function () { form.querySelector("button").disabled = false; });
})();
