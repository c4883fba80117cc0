//! The REST API that the page uses, its description, and what is pushed.
