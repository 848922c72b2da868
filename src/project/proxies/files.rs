//! Which proxies the files of a deployment set for the processes that they start.

use super::address::Address;
use super::hosts::{self, CalledHost, Unlisted};
use super::{PROXY_VARIABLES, ProxySetting, Target};
use crate::model::service::Runtime;
use crate::project::environment::{Given, Process, of_images, of_processes};
use crate::project::resolve::Resolver;
use crate::project::services::Deployed;
use crate::source::{FileId, Format, Kind};

impl Resolver<'_> {
    /// The proxies that a configuration file sets.
    pub(super) fn proxy_variables(&self, file: FileId) -> Vec<ProxySetting> {
        let processes = of_processes(self.project, file);
        let mut found: Vec<ProxySetting> = Vec::new();
        let images = of_images(self.project, file);
        let variables = processes.iter().flat_map(|it| &it.variables);
        for given in variables.chain(&images) {
            let is_new = found.iter().all(|it| it.at != given.at);
            let is_proxy = PROXY_VARIABLES.contains(&given.name.to_lowercase().as_str());
            if let Some(value) = given.value.as_deref().filter(|_| is_proxy && is_new)
                && given.at.file == file
            {
                found.push(ProxySetting {
                    at: given.at,
                    written: given.at,
                    target: Target::Variable(given.name.clone()),
                    addresses: vec![Address::written(value)],
                    only: true,
                    is_secret: self.is_secret(file),
                });
            }
        }
        found
    }

    /// Whether a host can be one of those that a process reaches: in a network of Compose a name
    /// without a dot is that of a service, and any other one stands for nothing.
    fn may_exist(&self, host: &str, process: &Process<'_>) -> bool {
        let composed = |it: &Deployed| it.service.runtime == Runtime::Compose;
        if host.contains(['.', ':'])
            || host == "localhost"
            || !process.service.is_some_and(composed)
        {
            return true;
        }
        let mut services = self.project.services().all().iter();
        services.any(|it| composed(it) && it.service.name.eq_ignore_ascii_case(host))
    }

    /// Whether a file is where secrets belong.
    fn is_secret(&self, file: FileId) -> bool {
        self.project.sources().get(file).kind == Kind::Configuration(Format::Dotenv)
    }

    /// The proxies that a configuration file sets, with the hosts that the application calls and
    /// that are no exceptions.
    pub(super) fn unlisted_in_files(&self, file: FileId) -> Vec<Unlisted> {
        let mut found: Vec<Unlisted> = Vec::new();
        for process in of_processes(self.project, file) {
            let Some((entries, exceptions)) = exceptions(&process) else {
                continue;
            };
            let proxies: Vec<&Given> = proxies(&process);
            if proxies.is_empty() {
                continue;
            }
            let mut called = self.called_hosts();
            called.extend(given_hosts(&process));
            called.retain(|it| self.may_exist(&it.name, &process));
            for given in proxies.into_iter().filter(|it| it.at.file == file) {
                let hosts = hosts::unlisted(&given.name, &called, &entries, &found);
                if !hosts.is_empty() && found.iter().all(|it| it.at != given.at) {
                    found.push(Unlisted {
                        variable: given.name.clone(),
                        at: given.at,
                        hosts,
                        value: given.value.clone(),
                        exceptions: exceptions
                            .map(|it| (it.at, it.value.clone().unwrap_or_default())),
                    });
                }
            }
        }
        found
    }
}

/// The variables that send everything through a proxy on another machine.
fn proxies<'a>(process: &'a Process<'_>) -> Vec<&'a Given> {
    let mut found: Vec<&Given> = Vec::new();
    for given in &process.variables {
        let name = given.name.to_lowercase();
        let Some(value) = &given.value else { continue };
        let address = Address::written(value);
        let off = address.is_empty() || address.host().is_some_and(|it| hosts::is_own(&it));
        let new = found.iter().all(|it| it.name.to_lowercase() != name);
        if PROXY_VARIABLES.contains(&name.as_str()) && !off && new {
            found.push(given);
        }
    }
    found
}

/// The entries of `NO_PROXY`; `None` when they come from outside.
fn exceptions<'a>(process: &'a Process<'_>) -> Option<(Vec<String>, Option<&'a Given>)> {
    let given = process.get("no_proxy").or_else(|| process.get("NO_PROXY"));
    match given {
        Some(given) => Some((hosts::entries(given.value.as_ref()?), Some(given))),
        None if process.is_open() => None,
        None => Some((Vec::new(), None)),
    }
}

/// Hosts of the own network that the process is told to call.
fn given_hosts(process: &Process<'_>) -> Vec<CalledHost> {
    let others = process.variables.iter().filter(|it| {
        let name = it.name.to_lowercase();
        !PROXY_VARIABLES.contains(&name.as_str()) && name != "no_proxy"
    });
    let hosts = others.filter_map(|it| hosts::called(&Address::written(it.value.as_ref()?), it.at));
    hosts.collect()
}
