//! The page, built from `ui/` and part of the program; and what a browser is held to.
