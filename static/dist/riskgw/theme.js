// Desks work in the dark: that is the theme until a user chooses another.
if (localStorage.getItem("adminTheme") === null) {
    localStorage.setItem("adminTheme", JSON.stringify("dark"));
}
