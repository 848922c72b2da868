//! How an agent is described: what ends its rounds.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::{Source, one};
use crate::catalog::timeouts::{Graph, StepTimeout};

/// `rules/agents/<package>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentFile {
    /// What makes an agent.
    #[serde(default)]
    pub agent: Vec<Agent>,
    /// What makes a graph.
    #[serde(default)]
    pub graph: Vec<Graph>,
}

/// A class or function that makes an agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agent {
    /// The name people write.
    pub name: SmolStr,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// The distribution whose version decides about `limit`, when it is another one.
    #[serde(default)]
    pub limited_by: Option<SmolStr>,
    /// The argument that lists its tools, with its position: an agent without any never loops.
    #[serde(default)]
    pub tools: Option<(SmolStr, usize)>,
    /// Whether it is a graph that is put together by hand, which goes on only where its edges go
    /// round.
    #[serde(default)]
    pub by_hand: bool,
    /// Arguments that it refuses with a `TypeError`, though people pass them.
    #[serde(default)]
    pub refuses: Vec<SmolStr>,
    /// Arguments that its method `compile` refuses in the same way.
    #[serde(default)]
    pub compile_refuses: Vec<SmolStr>,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// What bounds its steps, by version: the first whose `versions` fits.
    pub limit: Vec<StepLimit>,
    /// A limit on its time that does not reach into its steps.
    #[serde(default)]
    pub step_timeout: Option<StepTimeout>,
    /// Where this comes from.
    pub source: Source,
}

/// What bounds the steps of an agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepLimit {
    /// For which versions this holds.
    pub versions: String,
    /// The argument of the constructor that sets it; absent when it is set at the run.
    #[serde(default)]
    pub argument: Option<SmolStr>,
    /// The key of the run's configuration that sets it: `recursion_limit`.
    #[serde(default)]
    pub config: Option<SmolStr>,
    /// Middleware classes whose arguments set it: class path to argument names.
    #[serde(default)]
    pub middleware: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// Middleware classes that set it only when told how to end: class path to the values of
    /// `exit_behavior` that end the run.
    #[serde(default)]
    pub exit_behavior: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// Whether a run inside another graph takes over the limit of that graph's run.
    #[serde(default)]
    pub inherits: bool,
    /// Other arguments of the constructor that end the run: `max_execution_time`.
    #[serde(default)]
    pub also: Vec<SmolStr>,
    /// The argument of the constructor that bounds the time of a run.
    #[serde(default)]
    pub time: Option<SmolStr>,
    /// How many steps are allowed when nobody writes it.
    pub absent: u32,
    /// How many of these steps one round of the model and its tools takes.
    #[serde(default = "one")]
    pub round: u32,
    /// What to type.
    pub write: String,
}
