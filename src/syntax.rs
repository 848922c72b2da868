//! Text in, tree and complaints out; the only layer that knows a grammar.

pub mod python;
