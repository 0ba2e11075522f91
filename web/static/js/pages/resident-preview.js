/** The page of one resident: what the door will say follows what is typed. */

const preview = document.getElementById("preview");
const words = document.getElementById("preview-words");
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("edit"));

/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement | null} */ (form?.elements.namedItem(name))?.value.trim() ?? "";

function show() {
  const name = preview?.querySelector(".this .name");
  const unit = preview?.querySelector(".this .unit");
  if (!preview || !name || !unit) return;
  const policy = field("display") || preview.dataset.sitePolicy || "full";
  const shown = policy === "hidden" ? "" : field("alias") || preview.dataset[policy] || "";
  const line = document.createElement("bdi");
  line.textContent = shown || (words?.dataset.notShown ?? "");
  name.classList.toggle("soft", !shown);
  name.replaceChildren(line);
  const flat = document.createElement("bdi");
  flat.textContent = shown && shown !== preview.dataset.unit ? (preview.dataset.unit ?? "") : "";
  unit.replaceChildren(flat);
}

form?.addEventListener("input", show);
if (form) show();
