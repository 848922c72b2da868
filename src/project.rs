//! Stub, to be replaced by the real thing.

pub mod modules;
