//! What one file says, as facts with spans: no judgement, no defaults, no catalogue.
//!
//! A model depends on one text alone, so it can be made in parallel and remembered under its hash.

pub mod configuration;
pub mod egress;
pub mod installs;
pub mod lockfile;
pub mod python;
pub mod service;
pub mod variables;
