//! What somebody waits for, as a tree, and how long that takes at worst.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Backoff;
use super::worst::Worst;
use crate::fact::Limit;
use crate::finding::Label;
use crate::units::Millis;

/// How many lines an explanation has at most.
const LINES: usize = 200;

/// A piece of work with its worst case, which is computed as the tree is built.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    shape: Shape,
    worst: Worst,
    /// How long an event loop certainly stands still in one piece, if one runs this.
    blocked: Worst,
}

/// What a piece of work is made of.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// One wait, or one pause.
    Wait(Note),
    /// One after another.
    InTurn(Vec<Arc<Work>>),
    /// At once.
    Together(Vec<Arc<Work>>),
    /// One of them.
    Either(Vec<Arc<Work>>),
    /// Something with a name: a function, a client, an agent, a deadline.
    Named(Note, Arc<Work>),
    /// Something that happens more than once, and the pauses between.
    Again(Note, u32, Arc<Work>),
}

/// What people are told of a piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// What it is, in a few words: "`ChatOpenAI`".
    pub title: String,
    /// Where it is written.
    pub at: Label,
    /// Where its numbers come from, in reading order.
    pub because: Vec<Label>,
    /// The client whose timeout it is.
    pub client: Option<SmolStr>,
}

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How many lines it stands below.
    pub depth: usize,
    /// What it is.
    pub note: Note,
    /// When it begins at the latest, counted from the beginning of the whole.
    pub from: Millis,
    /// How long it takes.
    pub worst: Worst,
    /// How often it happens in a row; 1 for what happens once.
    pub times: u32,
}

impl Work {
    /// How long it takes at worst.
    #[must_use]
    pub fn worst_case(&self) -> Worst {
        self.worst
    }

    /// How long an event loop that runs it stands still in one piece: the longest of the waits that
    /// do not let it go on, and perhaps more.
    #[must_use]
    pub fn blocks_loop(&self) -> Worst {
        self.blocked
    }

    /// One wait.
    #[must_use]
    pub fn wait(note: Note, limit: Limit) -> Arc<Self> {
        let worst = match limit {
            Limit::Within(time) => Worst::exactly(time),
            Limit::Forever => Worst::ENDLESS,
            Limit::Unknown => Worst::UNKNOWN,
        };
        Arc::new(Self {
            shape: Shape::Wait(note),
            worst,
            blocked: Worst::NOTHING,
        })
    }

    /// The same done by the thread itself, so that an event loop stands still meanwhile.
    #[must_use]
    pub fn in_this_thread(&self) -> Arc<Self> {
        Arc::new(Self {
            blocked: self.worst,
            ..self.clone()
        })
    }

    /// The same done by another thread.
    #[must_use]
    pub fn in_another_thread(&self) -> Arc<Self> {
        Arc::new(Self {
            blocked: Worst::NOTHING,
            ..self.clone()
        })
    }

    /// One wait that begins anew with every sign of life, so that no sum is known.
    #[must_use]
    pub fn read_by_read(note: Note, limit: Limit) -> Arc<Self> {
        let wait = Self::wait(note, limit);
        Arc::new(Self {
            worst: wait.worst.or_longer(),
            ..(*wait).clone()
        })
    }

    /// One after another: the sum.
    #[must_use]
    pub fn in_turn(all: Vec<Arc<Self>>) -> Option<Arc<Self>> {
        Self::several(all, Shape::InTurn, Worst::then)
    }

    /// At once, each in a thread of its own: the longest.
    #[must_use]
    pub fn together(all: Vec<Arc<Self>>) -> Option<Arc<Self>> {
        Self::several(all, Shape::Together, Worst::or)
    }

    /// At once in one event loop: the longest, and in turn what does not let the loop go on.
    #[must_use]
    pub fn in_one_loop(all: Vec<Arc<Self>>) -> Option<Arc<Self>> {
        let blocked = all.iter().map(|it| it.blocked).reduce(Worst::then)?;
        let whole = all.iter().map(|it| it.worst).reduce(Worst::then)?;
        let together = Self::together(all)?;
        if blocked.is_nothing() {
            return Some(together);
        }
        // The rest goes on meanwhile, or has to wait.
        let worst = Worst {
            least: together.worst.least.max(blocked.least),
            ..whole
        };
        Some(Arc::new(Self {
            worst,
            ..(*together).clone()
        }))
    }

    /// One of them: the worst.
    #[must_use]
    pub fn either(all: Vec<Arc<Self>>) -> Option<Arc<Self>> {
        Self::several(all, Shape::Either, Worst::or)
    }

    fn several(
        mut all: Vec<Arc<Self>>,
        shape: fn(Vec<Arc<Self>>) -> Shape,
        join: fn(Worst, Worst) -> Worst,
    ) -> Option<Arc<Self>> {
        if all.len() < 2 {
            return all.pop();
        }
        let worst = all.iter().map(|it| it.worst).reduce(join)?;
        let blocked = all.iter().map(|it| it.blocked).reduce(Worst::or)?;
        let shape = shape(all);
        Some(Arc::new(Self {
            shape,
            worst,
            blocked,
        }))
    }

    /// The same under a name.
    #[must_use]
    pub fn named(note: Note, work: Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            worst: work.worst,
            blocked: work.blocked,
            shape: Shape::Named(note, work),
        })
    }

    /// An event loop gives up on it after that time, when it gets to it.
    #[must_use]
    pub fn within(note: Note, limit: Millis, work: Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            worst: work.worst.within(limit, work.blocked),
            blocked: work.blocked,
            shape: Shape::Named(note, work),
        })
    }

    /// It is interrupted after that time, whatever it does then.
    #[must_use]
    pub fn interrupted(note: Note, limit: Millis, work: Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            worst: work.worst.within(limit, Worst::NOTHING),
            blocked: work.blocked.within(limit, Worst::NOTHING),
            shape: Shape::Named(note, work),
        })
    }

    /// It is tried again after a failure:
    ///
    /// > worst = attempts · work + pauses
    ///
    /// Without a known number of attempts or pauses, it takes at least as long as what is known.
    #[must_use]
    pub fn retried(
        note: Note,
        attempts: Option<u32>,
        pauses: Option<&Backoff>,
        work: Arc<Self>,
    ) -> Arc<Self> {
        let times = attempts.unwrap_or(1).max(1);
        let mut worst = work.worst.times(times);
        if let Some(pauses) = pauses {
            worst = worst.then(Worst::exactly(pauses.total(times - 1)));
        }
        if attempts.is_none() || (pauses.is_none() && times > 1) {
            worst = worst.or_longer();
        }
        Arc::new(Self {
            worst,
            blocked: work.blocked,
            shape: Shape::Again(note, times, work),
        })
    }

    /// It is repeated without an end as long as it fails.
    #[must_use]
    pub fn retried_for_ever(note: Note, work: Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            worst: Worst {
                endless: true,
                ..work.worst.or_longer()
            },
            blocked: work.blocked,
            shape: Shape::Again(note, 1, work),
        })
    }

    /// It happens that often; at least once when nobody can tell.
    #[must_use]
    pub fn repeated(note: Note, times: Option<u32>, work: Arc<Self>) -> Arc<Self> {
        let worst = match times {
            Some(times) => work.worst.times(times),
            None => work.worst.or_longer(),
        };
        Arc::new(Self {
            worst,
            blocked: work.blocked,
            shape: Shape::Again(note, times.unwrap_or(1), work),
        })
    }

    /// What nobody can tell, behind what is known.
    #[must_use]
    pub fn unknown(note: Note) -> Arc<Self> {
        Self::wait(note, Limit::Unknown)
    }

    /// What takes the time, piece by piece, along the worst of all ways.
    ///
    /// The depth of the tree is bounded by whoever builds it.
    #[must_use]
    pub fn explain(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        self.tell(0, Millis(0), &mut steps);
        steps
    }

    fn tell(&self, depth: usize, from: Millis, steps: &mut Vec<Step>) {
        if steps.len() >= LINES || self.worst.is_nothing() {
            return;
        }
        let mut line = |note: &Note, times| {
            steps.push(Step {
                depth,
                note: note.clone(),
                from,
                worst: self.worst,
                times,
            });
        };
        match &self.shape {
            Shape::Wait(note) => line(note, 1),
            Shape::Named(note, inner) => {
                line(note, 1);
                inner.tell(depth + 1, from, steps);
            }
            Shape::Again(note, times, inner) => {
                line(note, *times);
                inner.tell(depth + 1, from, steps);
            }
            Shape::InTurn(all) => {
                let mut from = from;
                for it in all {
                    it.tell(depth, from, steps);
                    from = from.plus(it.worst.least);
                }
            }
            Shape::Together(all) => all.iter().for_each(|it| it.tell(depth, from, steps)),
            Shape::Either(all) => {
                if let Some(worst) = heaviest(all) {
                    worst.tell(depth, from, steps);
                }
            }
        }
    }

    /// The reasons for the worst case: where each wait is written, and what says how long it is.
    #[must_use]
    pub fn reasons(&self) -> Vec<Label> {
        let steps = self.explain();
        let labels = steps.iter().flat_map(|it| &it.note.because);
        let mut reasons: Vec<Label> = Vec::new();
        for label in labels {
            if !reasons.contains(label) {
                reasons.push(label.clone());
            }
        }
        reasons
    }
}

/// The one that takes longest; the first of several.
fn heaviest(all: &[Arc<Work>]) -> Option<&Arc<Work>> {
    let weight = |it: &Arc<Work>| (it.worst.endless, it.worst.least, it.worst.most.is_none());
    all.iter().rev().max_by(|a, b| weight(a).cmp(&weight(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Span};

    fn note(title: &str) -> Note {
        let span = Span {
            file: FileId(0),
            start: 0,
            end: 0,
        };
        Note {
            title: title.to_owned(),
            at: Label {
                span,
                text: String::new(),
            },
            because: Vec::new(),
            client: None,
        }
    }

    fn seconds(count: u64) -> Arc<Work> {
        Work::wait(note("wait"), Limit::Within(Millis(count * 1000)))
    }

    fn endless() -> Arc<Work> {
        Work::wait(note("endless"), Limit::Forever)
    }

    fn unknown() -> Arc<Work> {
        Work::unknown(note("unknown"))
    }

    fn shown(work: Option<&Arc<Work>>) -> String {
        work.map_or("nothing".to_owned(), |it| it.worst.to_string())
    }

    #[test]
    fn a_sum_is_never_shorter_than_what_is_known() {
        assert_eq!(
            shown(Work::in_turn(vec![seconds(2), seconds(3)]).as_ref()),
            "5 s"
        );
        assert_eq!(
            shown(Work::in_turn(vec![seconds(2), unknown()]).as_ref()),
            "2 s or more"
        );
        assert_eq!(
            shown(Work::in_turn(vec![unknown(), endless()]).as_ref()),
            "for ever"
        );
        assert_eq!(shown(Work::in_turn(vec![]).as_ref()), "nothing");
    }

    #[test]
    fn the_longest_of_several_counts() {
        assert_eq!(
            shown(Work::together(vec![seconds(2), seconds(3)]).as_ref()),
            "3 s"
        );
        assert_eq!(
            shown(Work::either(vec![seconds(2), unknown()]).as_ref()),
            "2 s or more"
        );
    }

    #[test]
    fn a_deadline_ends_what_never_ends_and_what_nobody_knows() {
        let within = |work| Some(Work::within(note("wait_for"), Millis(30_000), work));
        assert_eq!(shown(within(endless()).as_ref()), "30 s");
        assert_eq!(shown(within(seconds(3)).as_ref()), "3 s");
        assert_eq!(shown(within(seconds(90)).as_ref()), "30 s");
        assert_eq!(shown(within(unknown()).as_ref()), "at most 30 s");
        let both = Work::in_turn(vec![seconds(3), unknown()]).expect("two");
        assert_eq!(shown(within(both).as_ref()), "3 s to 30 s");
    }

    #[test]
    fn a_deadline_has_to_wait_for_a_loop_that_stands_still() {
        let within = |work| Some(Work::within(note("wait_for"), Millis(2000), work));
        let blocking = |count| seconds(count).in_this_thread();
        assert_eq!(shown(within(blocking(9)).as_ref()), "9 s");
        assert_eq!(
            shown(within(endless().in_this_thread()).as_ref()),
            "for ever"
        );
        let both = Work::in_turn(vec![seconds(9), blocking(3)]).expect("two");
        assert_eq!(shown(within(both).as_ref()), "3 s to 12 s");
        let both = Work::in_turn(vec![endless(), blocking(1)]).expect("two");
        assert_eq!(shown(within(both).as_ref()), "2 s or more");
        assert_eq!(
            shown(within(blocking(9).in_another_thread()).as_ref()),
            "2 s"
        );
        let alarm = Work::interrupted(note("alarm"), Millis(2000), blocking(9));
        assert_eq!(alarm.worst_case().to_string(), "2 s");
        assert_eq!(alarm.blocks_loop().to_string(), "2 s");
    }

    #[test]
    fn what_stops_a_loop_happens_in_turn() {
        let blocking = |count| seconds(count).in_this_thread();
        let at_once = |all| shown(Work::in_one_loop(all).as_ref());
        assert_eq!(at_once(vec![blocking(3), blocking(2)]), "5 s");
        assert_eq!(at_once(vec![seconds(3), seconds(2)]), "3 s");
        assert_eq!(at_once(vec![seconds(3), blocking(2)]), "3 s to 5 s");
        assert_eq!(at_once(vec![blocking(3)]), "3 s");
        assert_eq!(at_once(vec![]), "nothing");
        let threads = Work::together(vec![blocking(3), blocking(2)]);
        assert_eq!(shown(threads.as_ref()), "3 s");
    }

    #[test]
    fn attempts_and_pauses_are_added() {
        let pauses = Backoff::fixed(Millis(500));
        let work = Work::retried(note("retry"), Some(3), Some(&pauses), seconds(60));
        assert_eq!(work.worst.to_string(), "181 s");
        let work = Work::retried(note("retry"), None, Some(&pauses), seconds(60));
        assert_eq!(work.worst.to_string(), "60 s or more");
        let work = Work::retried(note("retry"), Some(3), None, seconds(60));
        assert_eq!(work.worst.to_string(), "180 s or more");
    }

    #[test]
    fn every_line_says_when_it_begins() {
        let retried = Work::retried(
            note("retry"),
            Some(2),
            Some(&Backoff::default()),
            seconds(10),
        );
        let all = Work::in_turn(vec![
            seconds(5),
            retried,
            Work::either(vec![seconds(1), seconds(7)]).expect("two"),
        ]);
        let lines: Vec<_> = all
            .expect("three")
            .explain()
            .iter()
            .map(|it| {
                (
                    it.depth,
                    it.note.title.clone(),
                    it.from.0,
                    it.worst.to_string(),
                )
            })
            .collect();
        let line = |depth, title: &str, from, worst: &str| {
            (depth, title.to_owned(), from, worst.to_owned())
        };
        assert_eq!(
            lines,
            [
                line(0, "wait", 0, "5 s"),
                line(0, "retry", 5000, "20 s"),
                line(1, "wait", 5000, "10 s"),
                line(0, "wait", 25_000, "7 s"),
            ]
        );
    }
}
