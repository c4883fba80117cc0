//! `pilotlight doctor`: why nothing arrives.
