// A drawing that is part of a page cannot be saved from the browser's menu, so a button writes the file: the drawing
// that is displayed, with whatever it takes from the page's sprite.
document.querySelectorAll(".drawing").forEach(function (drawing, index) {
  var name = location.pathname.split("/").pop().replace(/\.html?$/, "") || "report";
  var button = document.createElement("button");
  button.type = "button";
  button.textContent = "Save this figure (SVG)";
  button.addEventListener("click", function () {
    var shown = Array.from(drawing.querySelectorAll("svg")).find(function (svg) { return svg.getClientRects().length; });
    var file = shown.cloneNode(true);
    var title = document.createElementNS(shown.namespaceURI, "title");
    var defs = document.createElementNS(shown.namespaceURI, "defs");
    var todo = [file];
    title.textContent = drawing.getAttribute("aria-label");
    file.removeAttribute("aria-hidden");
    file.removeAttribute("class");
    file.prepend(title, defs);
    while (todo.length) {
      todo.pop().querySelectorAll("use").forEach(function (use) {
        var id = use.getAttribute("href").slice(1);
        if (file.querySelector("[id='" + id + "']")) return;
        todo.push(defs.appendChild(document.getElementById(id).cloneNode(true)));
      });
    }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(file)], { type: "image/svg+xml" }));
    link.download = name + "-figure-" + (index + 1) + ".svg";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  });
  var line = document.createElement("p");
  line.className = "download";
  line.append(button);
  (drawing.closest("figure") || drawing).after(line);
});
