// Desks work in the dark: that is the theme until a user chooses another.
if (localStorage.getItem("adminTheme") === null) {
    localStorage.setItem("adminTheme", JSON.stringify("dark"));
}

// Unfold's menus open by click; here they are reached by Tab and opened by Enter or Space too.
document.addEventListener("DOMContentLoaded", () => {
    for (const each of document.querySelectorAll(":is(span, div, a:not([href]))[x-on\\:click]")) {
        each.tabIndex = 0;
        each.setAttribute("role", "button");
        each.addEventListener("keydown", (event) => {
            if (event.target === each && (event.key === "Enter" || event.key === " ")) {
                event.preventDefault();
                each.click();
            }
        });
    }
});

// An icon beside a word is not read out: it is drawn from a word of its own.
document.addEventListener("DOMContentLoaded", () => {
    for (const each of document.querySelectorAll(".material-symbols-outlined")) {
        if (each.parentElement.textContent.trim() !== each.textContent.trim()) {
            each.setAttribute("aria-hidden", "true");
        }
    }
});

// The page is hidden until Alpine has come, and what is hidden takes no focus.
document.addEventListener("alpine:initialized", () => {
    requestAnimationFrame(() => document.querySelector("[autofocus]")?.focus());
});
