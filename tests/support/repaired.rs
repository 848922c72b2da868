//! What becomes of a project when all its fixes are applied.

use std::convert::Infallible;

use unhang::engine::analyze;
use unhang::engine::repair::{Repaired, applicable, is_whole, repair};
use unhang::fix::Trust;
use unhang::project::Project;
use unhang::settings::Settings;

/// Applies all fixes of a project.
pub(crate) fn fixed(project: Project, settings: &Settings) -> Repaired {
    let mut judge = |project: &Project| Ok::<_, Infallible>(analyze(project, settings));
    let Ok(fixed) = repair(project, settings, Some(Trust::Risky), &mut judge);
    fixed
}

/// Applies all fixes of a project, and checks what must hold of every project: each text can be read
/// afterwards, no finding is left that had a fix, and a second run changes nothing.
pub(crate) fn repaired(project: Project, settings: &Settings) -> Repaired {
    let fixed = fixed(project, settings);
    for (path, _, text) in fixed.texts() {
        let file = fixed.project.sources().find(path);
        let source = file.map(|it| fixed.project.sources().get(it));
        let source = source.expect("a text that was fixed is one of the project's");
        assert!(
            is_whole(source, text),
            "{path} is broken afterwards:\n{text}"
        );
    }
    let left = applicable(&fixed.report, fixed.project.sources(), Trust::Risky);
    assert!(left.is_empty(), "a second run would go on: {left:#?}");
    fixed
}
