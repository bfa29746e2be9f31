// The element with this id. Reads only.
(id) => document.getElementById(id)
